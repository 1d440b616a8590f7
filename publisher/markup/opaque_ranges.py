"""What in a body is not running text.

Comments, code of every kind, and what a template language is told to leave alone.

One walk from left to right, so that a fence inside ``{% raw %}``, a comment inside a fence and a
fence inside a comment all end where they should. An opening is found by one pattern, its end by
what :class:`publisher.markup.comments.Places` remembers: the walk is linear in the body, whatever
it holds. Reads nothing, knows no renderer: titles are found with it as well as bodies rendered.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

from publisher.markup.comments import SYNTAXES, Comments, Places, opens_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class RangeKind(Enum):
    """What a stretch is."""

    COMMENT = auto()
    DEFINITION = (
        auto()
    )  # of a link that leads nowhere, whose title is a remark: the definition stays
    CODE = auto()  # as written
    LITERAL = auto()  # what stands inside is text, and no template
    LISTING = auto()  # code between the tags of a shortcode


class OpaqueRange(NamedTuple):
    """A part of a body that is not running text.

    Attributes:
        kind: Of it.
        start: Where it begins.
        end: Where it ends.
        inside: Of literals and listings: what stays. Of definitions: the label.
        language: Of listings.
        closed: False for a comment that nothing ends.
    """

    kind: RangeKind
    start: int
    end: int
    inside: str = ""
    language: str = ""
    closed: bool = True


class Pair(NamedTuple):
    """The tags around a listing, and the group that names its language."""

    opens: re.Pattern[str]
    closes: re.Pattern[str]
    language: str = ""


def _pair(opens: str, closes: str, language: str = "") -> Pair:
    return Pair(re.compile(opens, re.IGNORECASE), re.compile(closes, re.IGNORECASE), language)


_PAIRS = {
    "raw": _pair(r"\{%-?\s*raw\b", r"\{%-?\s*endraw\s*-?%\}"),
    "liquid_code": _pair(
        r"\{%-?\s*highlight\b", r"\{%-?\s*endhighlight\s*-?%\}", "liquid_language"
    ),
    "hugo_code": _pair(
        r"\{\{[<%]\s*highlight\b", r"\{\{[<%]\s*/\s*highlight\s*[>%]\}\}", "hugo_language"
    ),
    "code": _pair(r"\[code\b", r"\[/code\]"),
    "sourcecode": _pair(r"\[sourcecode\b", r"\[/sourcecode\]"),
}
_ELEMENTS = {
    tag: _pair(rf"<{tag}\b", rf"</{tag}\s*>")
    for tag in ("pre", "code", "script", "style", "textarea")
}
_SHOWN_ENDS = {"<": re.compile(r"\*/\s*>\}\}"), "%": re.compile(r"\*/\s*%\}\}")}
_ITEM = r"(?:[-*+]|\d{1,9}[.)])(?=[ \t])"
_TEMPLATES = (
    r"(?P<raw>\{%-?\s*raw\s*-?%\})"
    r"|(?P<liquid_code>\{%-?\s*highlight\s+(?P<liquid_language>[\w+#-]*)[^%{}]*%\})"
    r"|(?P<hugo_code>\{\{[<%]\s*highlight\s+\"?(?P<hugo_language>[\w+#-]*)[^>{}]*[>%]\}\})"
    r"|(?P<shown>\{\{(?P<guard>[<%])/\*)"
)
_SIGNS = {
    "{": f"{_TEMPLATES}|{opens_of('{')}",
    "<": rf"(?P<element><(?P<tag>{'|'.join(_ELEMENTS)})\b[^<>]*>)|{opens_of('<')}",
    "[": r"(?P<wp_code>\[(?P<wp>code|sourcecode)(?P<wp_arguments>\s[^\[\]]*)?\])",
    "\\": r"(?P<escape>\\[\\`])",
    "`": r"(?P<ticks>`+)",
    "%": r"(?P<percents>%%)",
}
"""What begins with which sign. A body is searched for the signs, which is quick, and only there for
what they may begin."""
_BEGINS = {sign: re.compile(pattern, re.IGNORECASE) for sign, pattern in _SIGNS.items()}
_IN_MARKDOWN, _IN_HTML = re.compile(r"[{<\[\\`%\n]"), re.compile(r"[{<\[]")
_LINE = re.compile(
    rf"(?P<prefix>[ \t>]*(?:{_ITEM}["
    r" \t]+)*)(?P<fence>`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})(?P<info>[^\n]*)"
    r"|(?P<indented>(?: {0,3}>)*(?: {4}| {0,3}\t)(?=[ \t]*[^ \t\n]))"
    rf"|(?P<item>[ \t>]*{_ITEM})"
    r"|(?P<reference>[ \t>]*\[(?=[^\[\]\n]{1,80}\]:))"
    rf"|{opens_of('#')}",
    re.IGNORECASE,
)
_LINE_SIGNS = frozenset(" \t>-*+0123456789`~[#")
_WHOLE_ITEM = re.compile(rf"[ \t>]*{_ITEM}[ \t]*")
_REFERENCE = re.compile(
    r"[ \t>]*\[(?P<label>[^\[\]\n]{1,80})\]:[ \t]*(?P<target>[^ \t\n]*)[ \t]*(?P<remark>[^\n]*)"
)
_NOWHERE = frozenset({"#", "<>", "<#>"})
_REMARK_ENDS = {
    mark: re.compile(rf"\{end}[ \t]*$", re.MULTILINE)
    for mark, end in zip("(\"'", ")\"'", strict=True)
}
_QUOTE = re.compile(r"(?: {0,3}>)*")
_RUN = re.compile("`+")
_BLOCK = re.compile(rf"\n[ \t>]*(?:\n|\Z|{_ITEM}|#{{1,6}}[ \t]|`{{3}}|~{{3}}|\|)")
"""Where a paragraph ends at the latest: no code span reaches further."""
_AFTER_LIST = re.compile(rf"\n[ \t]*\n(?!\s|{_ITEM})")
_OTHER_FORMAT = re.compile(r"\{=(?!html\d?\})[\w-]+\}", re.IGNORECASE)
"""Pandoc's mark of what is meant for another format only, or, as ``{=comment}``, for none."""
_LANGUAGE = re.compile(r"\blang(?:uage)?\s*=\s*[\"']?([\w+#-]+)", re.IGNORECASE)
_TAB, _CODE = 4, 4
_PASSED = frozenset({"escape", "indented", "item", "ticks"})
"""What is passed over whole where it begins nothing."""


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
            :data:`publisher.markup.comments.SYNTAXES`; None where the dialect is unknown.
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
    _content: int = 0  # the column at which the last list item's text begins
    _item: int = -1  # where that item is
    _runs: dict[int, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = Places(self.text)
        self.comments = Comments(self.places, self.native, self.markdown)
        if self.markdown:
            for run in _RUN.finditer(self.text):
                self._runs.setdefault(len(run[0]), []).append(run.start())

    def opaque_ranges(self) -> Iterator[OpaqueRange]:
        position, line = 0, True
        while match := self._opening(position, line=line):
            found = self._stretch(match)
            if found is not None:
                yield found
                position = max(found.end, match.start() + 1)
                line = self.text[position - 1] == "\n"
            else:
                at_line, name = match.re is _LINE, match.lastgroup
                position = match.end() if name in _PASSED else match.start() + (not at_line)
                line = False

    def _opening(self, position: int, *, line: bool) -> re.Match[str] | None:
        """Return what may begin a stretch next.

        With ``line`` a position is the beginning of one.
        """
        signs = _IN_MARKDOWN if self.markdown else _IN_HTML
        while True:
            if line and self.markdown and self.text[position : position + 1] in _LINE_SIGNS:
                match = _LINE.match(self.text, position)
                if match:
                    return match
            sign = signs.search(self.text, position)
            if sign is None:
                return None
            line, position = sign[0] == "\n", sign.end()
            match = None if line else _BEGINS[sign[0]].match(self.text, sign.start())
            if match:
                return match

    def _stretch(self, match: re.Match[str]) -> OpaqueRange | None:
        name = match.lastgroup or ""
        if name == "info":
            return self._fence(match)
        if name == "indented":
            return self._indented(match.start()) or self._reference(match.start())
        if name == "item":
            self._begin_item(match.start())
            return None
        if name == "reference":
            return self._reference(match.start())
        if name == "ticks":
            return self._code_span(match)
        if name == "element":
            return self._between(match, _ELEMENTS[match["tag"].lower()], RangeKind.CODE)
        if name == "wp_code":
            return self._between(match, _PAIRS[match["wp"].lower()], RangeKind.LISTING)
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
            closing, guard = (
                self.places.next(_SHOWN_ENDS[match["guard"]], match.end()),
                match["guard"],
            )
            if closing is None:
                return None
            mark = ">" if guard == "<" else "%"
            shown = f"{{{{{guard}{self.text[match.end() : closing[0]]}{mark}}}}}"
            return OpaqueRange(RangeKind.LITERAL, match.start(), closing[1], shown)
        found = self._between(
            match, _PAIRS[name], RangeKind.LITERAL if name == "raw" else RangeKind.LISTING
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
        closing, again = (
            self.places.next(pair.closes, match.end()),
            self.places.next(pair.opens, match.end()),
        )
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

    def _code_span(self, match: re.Match[str]) -> OpaqueRange | None:
        """Return the code up to the next run of as many backticks in the same paragraph."""
        runs = self._runs[len(match[0])]
        after = bisect_left(runs, match.end())
        block = self.places.next(_BLOCK, match.end())
        if after == len(runs) or (block is not None and runs[after] > block[0]):
            return None
        end = runs[after] + len(match[0])
        elsewhere = _OTHER_FORMAT.match(self.text, end)
        return OpaqueRange(
            RangeKind.COMMENT if elsewhere else RangeKind.CODE,
            match.start(),
            elsewhere.end() if elsewhere else end,
        )

    def _lines(self, position: int) -> Iterator[tuple[int, str]]:
        """Yield the lines from one on, each with the position behind it."""
        while position < len(self.text):
            end = self.text.find("\n", position) + 1 or len(self.text)
            yield end, self.text[position:end]
            position = end

    def _fence(self, match: re.Match[str]) -> OpaqueRange | None:
        """Return a fenced block.

        It goes to its closing fence, or where the quote or list item ends in which it stands.
        """
        if _WHOLE_ITEM.match(match["prefix"]):
            self._begin_item(match.start())
        quotes, column = _indent(match["prefix"] + "x")
        least = self._column_of_list(match.start())
        if column - (least if column >= least else 0) >= _CODE and not _WHOLE_ITEM.match(
            match["prefix"]
        ):
            return self._indented(match.start())
        least = least if _WHOLE_ITEM.match(match["prefix"]) or column >= least else 0
        mark, end = match["fence"], min(match.end() + 1, len(self.text))
        for after, line in self._lines(end):
            deep, inner = _indent(line)
            if (quotes and not deep) or (inner < least and line.strip(" \t>\n")):
                break
            end = after
            words = line.strip(" \t>\n" if quotes else " \t\n")
            if len(words) >= len(mark) and words.count(mark[0]) == len(words):
                break
        kind = (
            RangeKind.COMMENT if _OTHER_FORMAT.fullmatch(match["info"].strip()) else RangeKind.CODE
        )
        return OpaqueRange(
            kind, match.start(), end - (self.text[end - 1] == "\n" and end < len(self.text))
        )

    def _indented(self, start: int) -> OpaqueRange | None:
        """Return an indented block of code.

        After a list item, it is only what is indented more than the item's text.
        """
        before = start - 1
        while before > 0 and self.text[before - 1] in " \t>":
            before -= 1
        if before > 0 and self.text[before - 1] != "\n":
            self._begin_item(start)
            return None
        least, end = self._column_of_list(start) + _CODE, start
        for after, line in self._lines(start):
            if _indent(line)[1] < least or not line.strip():
                break
            end = after
        if end == start:
            self._begin_item(start)
            return None
        return OpaqueRange(RangeKind.CODE, start, end - (self.text[end - 1] == "\n"))

    def _begin_item(self, start: int) -> None:
        """Note the list item that begins on this line, unless it is a rule such as ``* * *``."""
        item = _WHOLE_ITEM.match(self.text, start)
        end = self.text.find("\n", start)
        bare = "".join(self.text[start : end if end >= 0 else len(self.text)].split())
        if item and bare.strip(bare[:1]):
            self._content, self._item = (
                _indent(item[0].replace("\n", "") + "x", item=True)[1],
                start,
            )

    def _column_of_list(self, position: int) -> int:
        """Return the column at which the text of a position's list item begins, 0 outside lists."""
        if self._item < 0:
            return 0
        ended = self.places.next(_AFTER_LIST, self._item)
        if ended is not None and ended[0] < position:
            self._item, self._content = -1, 0
        return self._content

    def _reference(self, start: int) -> OpaqueRange | None:
        """Return a link definition that says something to its author only.

        It is written ``[//]: # (a remark)``.
        """
        match = _REFERENCE.match(self.text, start)
        if match is None or not (
            match["label"].strip() == "//" or (match["target"] in _NOWHERE and match["remark"])
        ):
            return None
        end, closed, remark = match.end(), True, match["remark"].rstrip()
        closing = _REMARK_ENDS.get(remark[:1])
        if closing is not None and not (len(remark) > 1 and closing.search(remark)):
            found, block = (
                self.places.next(closing, match.start("remark") + 1),
                self.places.end_of_block(end),
            )
            closed = found is not None and found[0] < block
            end = found[1] if found is not None and closed else block
        kind = RangeKind.COMMENT if match["label"].strip() == "//" else RangeKind.DEFINITION
        return OpaqueRange(kind, start, end, match["label"], closed=closed)


def _indent(line: str, *, item: bool = False) -> tuple[int, int]:
    """Return how many quotes a line is in, and the column of its first character.

    With ``item``: of a list item's text.
    """
    quote = _QUOTE.match(line)
    marks = quote[0] if quote else ""
    rest = line[len(marks) :]
    rest = rest[1:] if marks and rest.startswith(" ") else rest
    if item:
        indent = len(rest) - len(rest.lstrip())
        words = rest[indent:]
        mark = len(words) - len(words.lstrip("0123456789-*+.)"))
        space = len(words) - mark - len(words[mark:].lstrip())
        return marks.count(">"), _width(rest[:indent]) + mark + (space if space <= _TAB else 1)
    return marks.count(">"), _width(rest[: len(rest) - len(rest.lstrip(" \t"))])


def _width(space: str) -> int:
    return len(space.expandtabs(_TAB))
