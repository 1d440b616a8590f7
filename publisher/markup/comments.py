"""How far the comments of a body reach, also one that is never closed.

What an author writes for himself is never shown. So a comment is hidden in every dialect, whichever
its syntax belongs to, as long as nobody would write the same as text; what could be text is a
comment only where the dialect has it, or where it is plain from its place. One that is never closed
hides what its generator would hide, and at least the rest of its block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from publisher.markup.comment_syntaxes import SYNTAXES
from publisher.markup.places import LONGEST_PREFIX

if TYPE_CHECKING:
    from publisher.markup.places import Places

_PERCENTS = re.compile(r"%%")
_PERCENTS_AT_END = re.compile(r"%%[ \t]*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\{#[^\s{}#]+(?:[ \t][^{}\n]*)?(?<!#)\}")
_VARIABLE = re.compile(r"[A-Z0-9_.]*")
_SHOWN_CALL = re.compile(r"\s*[\w:-]+\(.*\)\s*", re.DOTALL)
_AGAIN = {name: re.compile(syntax.opens) for name, syntax in SYNTAXES.items() if syntax.loose}


class Span(NamedTuple):
    """A comment: where it begins and ends, and whether something closed it."""

    start: int
    end: int
    closed: bool = True


@dataclass
class Comments:
    """Finds where the comments of one body end.

    Attributes:
        places: Of the body.
        native: Those that the post's dialect knows; None where the dialect is unknown.
        markdown: False for HTML.
    """

    places: Places
    native: frozenset[str] | None = None
    markdown: bool = True
    _partners: dict[str, dict[int, int]] = field(default_factory=dict)

    def of(self, name: str, start: int, opened: int) -> Span | None:
        """Return the comment that a syntax's opening begins, or None where it is text.

        Args:
            name: Of the syntax.
            start: Where the opening begins.
            opened: Where it ends.
        """
        syntax, text = SYNTAXES[name], self.places.text
        if name == "html" and text.startswith((">", "->"), opened):
            return Span(start, text.index(">", opened) + 1)
        if name == "jinja" and _ATTRIBUTES.match(text, start):
            return None
        begins_line, block = self.places.begins_line(start), self.places.end_of_block(start)
        at_home = self._knows(name, unknown=syntax.to_the_end and name != "html")
        closed = self.places.next(syntax.closes, opened)
        if syntax.nests:
            closed = self._matching(
                name, start, closed, everywhere=begins_line or at_home or not self.markdown
            )
        reaches = (
            at_home
            or begins_line
            or not (syntax.common or (syntax.loose and self._again(name, opened, closed)))
        )
        if closed and (reaches or closed[0] < block):
            return Span(start, closed[1])
        return self._unclosed(name, start, begins_line=begins_line, at_home=at_home)

    def _knows(self, name: str, *, unknown: bool) -> bool:
        return unknown if self.native is None else name in self.native

    def _again(self, name: str, opened: int, closed: tuple[int, int] | None) -> bool:
        """Return whether another comment of the same syntax begins before an end."""
        again = self.places.next(_AGAIN[name], opened)
        return again is not None and (closed is None or again[0] < closed[0])

    def _unclosed(self, name: str, start: int, *, begins_line: bool, at_home: bool) -> Span | None:
        syntax, block = SYNTAXES[name], self.places.end_of_block(start)
        if syntax.to_the_end and (begins_line or at_home or not self.markdown):
            return Span(start, len(self.places.text), closed=False)
        if syntax.loose and not at_home:
            if self.native is not None or not begins_line:
                return None
            if self._again(name, start + 2, (block, block)):  # words about the syntax
                return None
        return Span(start, block, closed=False)

    def _matching(
        self, name: str, start: int, first: tuple[int, int] | None, *, everywhere: bool
    ) -> tuple[int, int] | None:
        """Return the end that belongs to this beginning, counting those between.

        Else it is the first, as their parsers take it.
        """
        if name not in self._partners:
            self._partners[name] = _partners(SYNTAXES[name].ends, self.places.text)
        end = self._partners[name].get(start)
        if end is not None:
            return end, end
        return (
            first if first and (everywhere or first[0] < self.places.end_of_block(start)) else None
        )

    def of_percents(self, start: int) -> Span | None:
        """Return the Obsidian comment that ``%%`` begins, or None where it is text.

        It is text in ``100%% of 5%%``.
        """
        text, places = self.places.text, self.places
        before, after = text[max(start - LONGEST_PREFIX, 0) : start], text[start + 2 : start + 3]
        if before[-1:].isdigit() or before.endswith("%") or after in {"%", ""}:
            return None
        if before and not before[-1].isspace() and "://" in before.split()[-1]:
            return None
        begins_line, block = places.begins_line(start), places.end_of_block(start)
        closing = places.next(_PERCENTS, start + 2)
        if (
            closing
            and closing[0] < block
            and self._closes(start, closing[0], begins_line=begins_line)
        ):
            return Span(start, closing[1])
        if not begins_line and not (after == "\n" and self._knows("percents", unknown=True)):
            return None
        at_end = places.next(_PERCENTS_AT_END, start + 2)
        if at_end:
            return Span(start, at_end[1])
        if (
            begins_line
            and self._knows("percents", unknown=True)
            and not (closing and closing[0] < block)
        ):
            return Span(start, block, closed=False)
        return None

    def _closes(self, start: int, closing: int, *, begins_line: bool) -> bool:
        """Check whether a second ``%%`` in the block ends the comment.

        It may be a word's own instead, as in ``%%i and %%j``.
        """
        text = self.places.text
        after = text[closing + 2 : closing + 3]
        if text[closing - 1].isspace() and after.isalnum():
            return False
        if self._knows("percents", unknown=True) or (begins_line and after in {"", "\n"}):
            return True
        inside = text[start + 2 : closing]
        return not inside[:1].isspace() and _VARIABLE.fullmatch(inside) is None

    def shown(self, name: str, span: Span) -> str:
        """Return what stays of ``{{/* name(...) */}}``.

        Zola's authors show a shortcode so, instead of calling it; of anything else nothing stays.
        """
        if name not in {"go", "zola"} or self._knows("hugo", unknown=False) or not span.closed:
            return ""
        inside = self.places.text[span.start : span.end].partition("/*")[2].rpartition("*/")[0]
        if not _SHOWN_CALL.fullmatch(inside):
            return ""
        return f"{{{{{inside}}}}}" if name == "go" else f"{{%{inside}%}}"


def _partners(ends: re.Pattern[str], text: str) -> dict[int, int]:
    """Return where each opening's own closing ends, in one walk."""
    opened: list[int] = []
    found: dict[int, int] = {}
    for match in ends.finditer(text):
        if match["whole"]:
            continue
        if match["open"]:
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.end()
    return found
