"""Titles and other one-line texts: unfolded, entity-decoded, without tags."""

from __future__ import annotations

import html
import re

from publisher.source.decode import strip_illegal

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--(?:(?!<!--).)*?-->")
_HEADING = re.compile(
    r"^(?:\#{1,6}[ \t]+(?P<atx>.+?)[ \t]*\#*[ \t]*$|(?P<setext>[^\n<>#\s][^\n]*)\n(?:=+|-{3,})[ \t]*$)"
    r"|<h[1-6][^<>]*>(?P<html>(?:(?!<h[1-6]).)*?)</h[1-6]>",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_MARKDOWN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}([^*_`]+)[*_`]{1,3}")
_DATE = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}[-_. ]+(?=.)")
_LONGEST_HEADING = 1000
_WHITE = re.compile(r"[ \t\r\n\f\v\x85\u2028\u2029]+")


def plain_line(value: object) -> str:
    """Give a value as one line of plain text: entities decoded, tags gone, white space folded; no-break spaces stay."""
    text = str(value)
    if text.isascii() and text.isprintable() and "&" not in text and "<" not in text and "  " not in text:
        return text.strip(" ")
    text = strip_illegal(text)
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub("", text)
    return _WHITE.sub(" ", strip_illegal(text)).strip(" ")


def first_heading(body: str) -> str:
    """Give the first heading of a Markdown or HTML body as plain text; empty when there is none."""
    match = _HEADING.search(_FENCE.sub("", body[:20_000]))
    if match is None:
        return ""
    found = match["atx"] or match["setext"] or match["html"] or ""
    return plain_line(_MARKDOWN.sub(lambda m: m[1] or m[2] or "", found[:_LONGEST_HEADING]))


def words_of_name(path: str) -> str:
    """Give a file name in words: ``2014-03-05-hello-world.md`` is "Hello world"."""
    stem = stem_of(path)
    words = re.sub(r"[-_]+", " ", stem).strip()
    return strip_illegal(words[:1].upper() + words[1:]) or "Untitled"


def stem_of(path: str) -> str:
    """Give the name that slugs come from: no ending, no date prefix; of a bundle (``…/index.md``) its folder."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if stem.lower() in {"index", "readme"} and folder:
        stem = folder.rpartition("/")[2]
    return _DATE.sub("", stem)
