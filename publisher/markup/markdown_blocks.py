"""Code and remarks of Markdown: fences, indentation, code spans, links that lead nowhere."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from publisher.markup.models import OpaqueRange, RangeKind
from publisher.markup.openings import ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.markup.places import Places

_WHOLE_ITEM = re.compile(rf"[ \t>]*{ITEM}[ \t]*")
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
_BLOCK = re.compile(rf"\n[ \t>]*(?:\n|\Z|{ITEM}|#{{1,6}}[ \t]|`{{3}}|~{{3}}|\|)")
"""Where a paragraph ends at the latest: no code span reaches further."""
_AFTER_LIST = re.compile(rf"\n[ \t]*\n(?!\s|{ITEM})")
_OTHER_FORMAT = re.compile(r"\{=(?!html\d?\})[\w-]+\}", re.IGNORECASE)
"""Pandoc's mark of what is meant for another format only, or, as ``{=comment}``, for none."""
_TAB, _CODE = 4, 4


@dataclass
class MarkdownBlocks:
    """Finds where the code of one body ends; knows in which list item the walk is.

    Attributes:
        places: Of the body.
    """

    places: Places
    _content: int = 0  # the column at which the last list item's text begins
    _item: int = -1  # where that item is

    def __post_init__(self) -> None:
        self.text = self.places.text

    @cached_property
    def _runs(self) -> dict[int, list[int]]:
        """Where runs of backticks begin, by their length."""
        runs: dict[int, list[int]] = {}
        for run in _RUN.finditer(self.text):
            runs.setdefault(len(run[0]), []).append(run.start())
        return runs

    def code_span(self, match: re.Match[str]) -> OpaqueRange | None:
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

    def fence(self, match: re.Match[str]) -> OpaqueRange | None:
        """Return a fenced block.

        It goes to its closing fence, or where the quote or list item ends in which it stands.
        """
        if _WHOLE_ITEM.match(match["prefix"]):
            self.begin_item(match.start())
        quotes, column = _indent(match["prefix"] + "x")
        least = self._column_of_list(match.start())
        if column - (least if column >= least else 0) >= _CODE and not _WHOLE_ITEM.match(
            match["prefix"]
        ):
            return self.indented(match.start())
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

    def indented(self, start: int) -> OpaqueRange | None:
        """Return an indented block of code.

        After a list item, it is only what is indented more than the item's text.
        """
        before = start - 1
        while before > 0 and self.text[before - 1] in " \t>":
            before -= 1
        if before > 0 and self.text[before - 1] != "\n":
            self.begin_item(start)
            return None
        least, end = self._column_of_list(start) + _CODE, start
        for after, line in self._lines(start):
            if _indent(line)[1] < least or not line.strip():
                break
            end = after
        if end == start:
            self.begin_item(start)
            return None
        return OpaqueRange(RangeKind.CODE, start, end - (self.text[end - 1] == "\n"))

    def begin_item(self, start: int) -> None:
        """Note the list item that begins on this line, unless it is a rule such as ``* * *``."""
        item = _WHOLE_ITEM.match(self.text, start)
        end = self.text.find("\n", start)
        bare = "".join(self.text[start : end if end >= 0 else len(self.text)].split())
        if item and bare.strip(bare[:1]):
            self._content = _indent(item[0].replace("\n", "") + "x", item=True)[1]
            self._item = start

    def _column_of_list(self, position: int) -> int:
        """Return the column at which the text of a position's list item begins, 0 outside lists."""
        if self._item < 0:
            return 0
        ended = self.places.next(_AFTER_LIST, self._item)
        if ended is not None and ended[0] < position:
            self._item, self._content = -1, 0
        return self._content

    def reference(self, start: int) -> OpaqueRange | None:
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
            found = self.places.next(closing, match.start("remark") + 1)
            block = self.places.end_of_block(end)
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
