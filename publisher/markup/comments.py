"""The comments of every dialect we know.

How each opens and closes, and how far one reaches that is never closed.

What an author writes for himself is never shown. So a comment is hidden in every dialect, whichever
its syntax belongs to, as long as nobody would write the same as text; what could be text is a
comment only where the dialect has it, or where it is plain from its place. One that is never closed
hides what its generator would hide, and at least the rest of its block.

Sources: HTML's tokenizer, CommonMark (HTML blocks of kind 2, link reference definitions), Liquid,
Jinja, Nunjucks, Twig, Handlebars, Blade, ERB, MDX, kramdown (extensions), Hugo (shortcode
``comment``, template comments), Zola (shown shortcodes), Obsidian, CriticMarkup, Org (Logseq), each
one's own reference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

_BLANK = re.compile(r"\n[ \t>]*(?:\n|\Z)")
_LINE_PREFIX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)*")
_LONGEST_PREFIX = 100
_PERCENTS = re.compile(r"%%")
_PERCENTS_AT_END = re.compile(r"%%[ \t]*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"\{#[^\s{}#]+(?:[ \t][^{}\n]*)?(?<!#)\}")
_VARIABLE = re.compile(r"[A-Z0-9_.]*")
_SHOWN_CALL = re.compile(r"\s*[\w:-]+\(.*\)\s*", re.DOTALL)


class Span(NamedTuple):
    """A comment: where it begins and ends, and whether something closed it."""

    start: int
    end: int
    closed: bool = True


@dataclass(frozen=True)
class Syntax:
    """How one kind of comment is written.

    Attributes:
        opens: What it begins with.
        closes: What it ends with.
        nests: A comment may hold another; the first end is not its own then.
        loose: Others write its opening as text: unclosed, it is a comment only at home or where it
            begins a line.
        common: Its end is everybody's: away from home it ends in its block, unless it begins a
            line.
        to_the_end: Unclosed, its generator hides (or refuses) all that follows.
        template: A template language reads it, which ``{% raw %}`` keeps away.
    """

    opens: str
    closes: re.Pattern[str]
    nests: bool = False
    loose: bool = False
    common: bool = False
    to_the_end: bool = False
    template: bool = True

    @cached_property
    def ends(self) -> re.Pattern[str]:
        """Both, to count how deep one is inside the other; what closes itself counts as nothing."""
        return re.compile(
            f"(?P<whole><!---?>)|(?P<open>{self.opens})|{self.closes.pattern}", re.IGNORECASE
        )


def _closed_by(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


SYNTAXES = {
    "html": Syntax("<!--", _closed_by("--!?>"), nests=True, to_the_end=True, template=False),
    "hugo": Syntax(
        r"\{\{[<%]\s*comment\b[^<>{}]*[>%]\}\}", _closed_by(r"\{\{[<%]\s*/\s*comment\s*[>%]\}\}"),
        nests=True, to_the_end=True,
    ),
    "go": Syntax(r"\{\{-?\s*/\*", _closed_by(r"\*/\s*-?\}\}")),
    "blade": Syntax(r"\{\{--", _closed_by(r"--\}\}")),
    "handlebars_long": Syntax(r"\{\{~?!--", _closed_by(r"--~?\}\}")),
    "handlebars": Syntax(r"\{\{~?!", _closed_by(r"\}\}"), loose=True, common=True),
    "antlers": Syntax(r"\{\{#(?=\s)", _closed_by(r"#\}\}")),
    "liquid": Syntax(
        r"(?<!\{)\{%-?\s*comment\b[^{}%]*%\}", _closed_by(r"(?<!\{)\{%-?\s*endcomment\b[^{}%]*%\}"),
        nests=True, to_the_end=True,
    ),
    "liquid_line": Syntax(r"(?<!\{)\{%-?\s*#", _closed_by(r"%\}")),
    "zola": Syntax(r"\{%/\*", _closed_by(r"\*/%\}")),
    "kramdown": Syntax(r"\{::comment(?:\s[^{}/]*)?\}", _closed_by(r"\{:/(?:comment)?\}"),
    template=False),
    "jsx": Syntax(r"\{\s*/\*", _closed_by(r"\*/(?:\s*\})?"), template=False),
    "critic": Syntax(r"\{>>", _closed_by(r"<<\}"), template=False),
    "jinja": Syntax(r"\{#", _closed_by(r"#\}"), loose=True),
    "erb_long": Syntax("<%--", _closed_by("--%>")),
    "erb": Syntax("<%#", _closed_by("%>")),
    "php": Syntax(r"<\?(?=php\b|=|xml\b)", _closed_by(r"\?>")),
    "conditional": Syntax(r"<!\[(?=if\b|endif\b)", _closed_by(">"), template=False),
    "org": Syntax(r"[ \t]*\#\+BEGIN_COMMENT\b", _closed_by(r"\#\+END_COMMENT\b"), template=False),
}  # fmt: skip
"""In the order in which they are tried: of two that begin alike, the longer first. Dialects say by
these names which they know, and by ``percents`` that they know Obsidian's."""
MDX = frozenset({"jsx"})
"""What MDX knows, whichever generator reads it."""

_AGAIN = {name: re.compile(syntax.opens) for name, syntax in SYNTAXES.items() if syntax.loose}


def opens_of(sign: str) -> str:
    """Return a pattern of all openings that begin with a sign, each a group named by its syntax."""
    names = [
        name
        for name, syntax in SYNTAXES.items()
        if sign in syntax.opens.removeprefix("(?<!\\{)").removeprefix("[ \\t]*")[:2]
    ]
    return "|".join(f"(?P<{name}>{SYNTAXES[name].opens})" for name in names)


@dataclass
class Places:
    """Where patterns occur next in a text.

    Each stretch of it is searched once for each, whatever the text: work stays linear.

    Ask for one pattern only from left to right.
    """

    text: str
    _found: dict[re.Pattern[str], tuple[int, int]] = field(default_factory=dict)
    _line: int = 0
    _seen: int = 0

    def next(self, pattern: re.Pattern[str], position: int) -> tuple[int, int] | None:
        """Return start and end of the next match from a position on, or None."""
        known = self._found.get(pattern)
        if known is None or known[0] < position:
            match = pattern.search(self.text, position)
            known = match.span() if match else (len(self.text) + 1, 0)
            self._found[pattern] = known
        return known if known[0] <= len(self.text) else None

    def end_of_block(self, position: int) -> int:
        """Return where the next blank line is, or the end of the text."""
        blank = self.next(_BLANK, position)
        return blank[0] if blank else len(self.text)

    def begins_line(self, position: int) -> bool:
        """Check whether only marks of quotes and list items stand before a position on its line."""
        newline = self.text.rfind("\n", self._seen, position)
        self._line, self._seen = (newline + 1 if newline >= 0 else self._line), position
        if position - self._line > _LONGEST_PREFIX:
            return False
        return _LINE_PREFIX.fullmatch(self.text, self._line, position) is not None


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
        before, after = text[max(start - _LONGEST_PREFIX, 0) : start], text[start + 2 : start + 3]
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
