"""Titles and other one-line texts: unfolded, entity-decoded, without tags."""

from __future__ import annotations

import html
import re

from publisher.markup.models import Markup, RangeKind
from publisher.posts.encoding import strip_illegal

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_RULE = re.compile(r"(?:=+|-{3,})[ \t]*")
_OPENS = re.compile(r"<h[1-6](?=[\s>])[^<>]*>", re.IGNORECASE)
_CLOSES = re.compile(r"</h[1-6]\s*>", re.IGNORECASE)
_NO_SETEXT = "<>#"
_HEAD = 20_000
"""Characters in which a first heading is looked for."""
_MARKDOWN = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)|[*_`]{1,3}([^*_`]+)[*_`]{1,3}")
_DATE = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}[-_. ]+(?=.)")
_LONGEST_HEADING = 1000
_DEEPEST = 6
_WHITE = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")


def plain_line(value: object) -> str:
    """Return a value as one line of plain text: entities decoded, tags gone, white space folded.

    No-break spaces stay.
    """
    text = str(value)
    if (
        text.isascii()
        and text.isprintable()
        and "&" not in text
        and "<" not in text
        and "  " not in text
    ):
        return text.strip(" ")
    text = strip_illegal(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", _without_remarks(text))
    return _WHITE.sub(" ", strip_illegal(text)).strip(" ")


def _without_remarks(text: str) -> str:
    """Return text without HTML comments; an opening that nothing closes is text."""
    first, *rest = text.split("<!--")
    if not rest:
        return text
    pieces, open_ends = [first], 0
    for number, piece in enumerate(rest):
        _, end, after = piece.partition("-->")
        if end:
            pieces.append(after)
            open_ends = 0
        elif number == len(rest) - 1 and not open_ends:
            pieces.append(f"<!--{piece}")
        else:
            open_ends += 1
    return "".join(pieces)


def first_heading(
    body: str, markup: Markup = Markup.MARKDOWN, native: frozenset[str] | None = None
) -> str:
    """Return the first heading of a Markdown or HTML body as plain text; empty when there is none.

    A heading in a comment or in code is none, and a comment in a heading is not part of it.
    """
    from publisher.markup.opaque_ranges import opaque_ranges  # noqa: PLC0415

    head, markdown = body[:_HEAD], markup is not Markup.HTML
    pieces, position = [], 0
    for stretch in opaque_ranges(head, markdown=markdown, native=native):
        inside = head[stretch.start : stretch.end]
        if stretch.kind is RangeKind.CODE and "\n" not in inside:
            continue
        pieces += [head[position : stretch.start], "\n" * inside.count("\n")]
        position = stretch.end
    found = _heading("".join([*pieces, head[position:]]), markdown=markdown)
    return plain_line(
        _MARKDOWN.sub(lambda match: match[1] or match[2] or "", found[:_LONGEST_HEADING])
    )


def _heading(text: str, *, markdown: bool) -> str:
    element = _OPENS.search(text)
    before = element.start() if element else len(text)
    lines = text[:before].split("\n") if markdown else []
    for number, line in enumerate(lines):
        words = line.rstrip(" \t")
        mark = words[: len(words) - len(words.lstrip("#"))]
        if 1 <= len(mark) <= _DEEPEST and words[len(mark) :][:1] in {" ", "\t"}:
            heading = words[len(mark) :].strip(" \t").rstrip("#").rstrip(" \t")
            if heading:
                return heading
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if (
            words.strip()
            and line[0] not in _NO_SETEXT
            and not line[0].isspace()
            and _RULE.fullmatch(below)
        ):
            return words
    if element is None:
        return ""
    end = _CLOSES.search(text, element.end())
    return text[element.end() : end.start()] if end else ""


def words_of_name(path: str) -> str:
    """Return a file name in words: ``2014-03-05-hello-world.md`` is "Hello world"."""
    stem = stem_of(path)
    words = re.sub(r"[-_]+", " ", stem).strip()
    return strip_illegal(words[:1].upper() + words[1:]) or "Untitled"


def stem_of(path: str) -> str:
    """Return the name that slugs come from: no ending, no date prefix.

    Of a bundle (``…/index.md``) it is that of its folder.
    """
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem.lower() in {"index", "readme"} and folder:
        stem = folder.rpartition("/")[2]
    return _DATE.sub("", stem)
