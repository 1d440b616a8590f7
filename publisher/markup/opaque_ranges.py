"""What in a body is not running text.

Comments, code of every kind, and what a template language is told to leave alone.

One walk from left to right, so that a fence inside ``{% raw %}``, a comment inside a fence and a
fence inside a comment all end where they should. An opening is found by one pattern, its end by
what :class:`publisher.markup.places.Places` remembers: the walk is linear in the body, whatever
it holds. Reads nothing, knows no renderer: titles are found with it as well as bodies rendered.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.markup.comment_syntaxes import SYNTAXES
from publisher.markup.comments import Comments
from publisher.markup.markdown_blocks import MarkdownBlocks
from publisher.markup.models import OpaqueRange, RangeKind
from publisher.markup.openings import ELEMENTS, LINE, PAIRS, PASSED, SHOWN_ENDS, Pair, next_opening
from publisher.markup.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGE = re.compile(r"\blang(?:uage)?\s*=\s*[\"']?([\w+#-]+)", re.IGNORECASE)


def opaque_ranges(
    body: str,
    *,
    markdown: bool,
    native: frozenset[str] | None = None,
    templates: bool = True,
) -> Iterator[OpaqueRange]:
    """Yield what in a body is not running text, in order, without overlap.

    Args:
        body: LF line ends.
        markdown: False for HTML, where indentation and backticks mean nothing.
        native: Comments that the post's dialect knows, by their names in
            :data:`publisher.markup.comment_syntaxes.SYNTAXES`; None where the dialect is unknown.
        templates: False where no template language reads, as in ``{% raw %}``.
    """
    return _Walk(body, markdown, native, templates).opaque_ranges()


def without_comments(
    body: str,
    *,
    markdown: bool,
    native: frozenset[str] | None = None,
    templates: bool = True,
) -> str:
    """Return a body as its author wrote it, without the comments."""
    pieces, position = [], 0
    for stretch in opaque_ranges(body, markdown=markdown, native=native, templates=templates):
        if stretch.kind in {RangeKind.COMMENT, RangeKind.DEFINITION}:
            pieces.append(body[position : stretch.start])
            position = stretch.end
    return "".join([*pieces, body[position:]])


@dataclass
class _Walk:
    text: str
    markdown: bool
    native: frozenset[str] | None
    templates: bool

    def __post_init__(self) -> None:
        self.places = Places(self.text)
        self.comments = Comments(self.places, self.native, self.markdown)
        self.blocks = MarkdownBlocks(self.places)

    def opaque_ranges(self) -> Iterator[OpaqueRange]:
        position, line = 0, True
        while match := next_opening(self.text, position, line=line, markdown=self.markdown):
            found = self._stretch(match)
            if found is not None:
                yield found
                position = max(found.end, match.start() + 1)
                line = self.text[position - 1] == "\n"
            else:
                at_line, name = match.re is LINE, match.lastgroup
                position = match.end() if name in PASSED else match.start() + (not at_line)
                line = False

    def _stretch(self, match: re.Match[str]) -> OpaqueRange | None:
        name = match.lastgroup or ""
        if name == "info":
            return self.blocks.fence(match)
        if name == "indented":
            return self.blocks.indented(match.start()) or self.blocks.reference(match.start())
        if name == "item":
            self.blocks.begin_item(match.start())
            return None
        if name == "reference":
            return self.blocks.reference(match.start())
        if name == "ticks":
            return self.blocks.code_span(match)
        if name == "element":
            return self._between(match, ELEMENTS[match["tag"].lower()], RangeKind.CODE)
        if name == "wp_code":
            return self._between(match, PAIRS[match["wp"].lower()], RangeKind.LISTING)
        if name in {"raw", "liquid_code", "hugo_code", "shown"}:
            return self._template(name, match) if self.templates else None
        return None if name == "escape" else self._comment(name, match)

    def _comment(self, name: str, match: re.Match[str]) -> OpaqueRange | None:
        start = match.start()
        if name == "percents":
            span = self.comments.of_percents(start)
        elif self.templates or not SYNTAXES[name].template:
            span = self.comments.of(name, start, match.end())
        else:
            span = None
        if span is None:
            return None
        shown = self.comments.shown(name, span)
        kind = RangeKind.LITERAL if shown else RangeKind.COMMENT
        return OpaqueRange(kind, start, span.end, shown, closed=span.closed)

    def _template(self, name: str, match: re.Match[str]) -> OpaqueRange | None:
        if name == "shown":
            closing = self.places.next(SHOWN_ENDS[match["guard"]], match.end())
            guard = match["guard"]
            if closing is None:
                return None
            mark = ">" if guard == "<" else "%"
            shown = f"{{{{{guard}{self.text[match.end() : closing[0]]}{mark}}}}}"
            return OpaqueRange(RangeKind.LITERAL, match.start(), closing[1], shown)
        found = self._between(
            match, PAIRS[name], RangeKind.LITERAL if name == "raw" else RangeKind.LISTING
        )
        if found is None or name != "raw":
            return found
        return found._replace(
            inside=without_comments(
                found.inside, markdown=self.markdown, native=self.native, templates=False
            )
        )

    def _between(self, match: re.Match[str], pair: Pair, kind: RangeKind) -> OpaqueRange | None:
        """Return what reaches to the closing tag, unless another of its kind begins before.

        Then this one was never closed.
        """
        closing = self.places.next(pair.closes, match.end())
        again = self.places.next(pair.opens, match.end())
        if closing is None or (again is not None and again[0] < closing[0]):
            return None
        inside = self.text[match.end() : closing[0]]
        if pair.language:
            return OpaqueRange(kind, match.start(), closing[1], inside, match[pair.language])
        if match.lastgroup == "wp_code":
            language = _LANGUAGE.search(match["wp_arguments"] or "")
            return OpaqueRange(
                kind,
                match.start(),
                closing[1],
                html.unescape(inside),
                language[1] if language else "",
            )
        return OpaqueRange(kind, match.start(), closing[1], inside)
