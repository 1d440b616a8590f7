"""What begins something else than running text, and what ends what has tags around it."""

from __future__ import annotations

import re
from typing import NamedTuple

from publisher.markup.comment_syntaxes import opens_of


class Pair(NamedTuple):
    """The tags around a listing, and the group that names its language."""

    opens: re.Pattern[str]
    closes: re.Pattern[str]
    language: str = ""


def _pair(opens: str, closes: str, language: str = "") -> Pair:
    return Pair(re.compile(opens, re.IGNORECASE), re.compile(closes, re.IGNORECASE), language)


PAIRS = {
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
ELEMENTS = {
    tag: _pair(rf"<{tag}\b", rf"</{tag}\s*>")
    for tag in ("pre", "code", "script", "style", "textarea")
}
SHOWN_ENDS = {"<": re.compile(r"\*/\s*>\}\}"), "%": re.compile(r"\*/\s*%\}\}")}
ITEM = r"(?:[-*+]|\d{1,9}[.)])(?=[ \t])"
_TEMPLATES = (
    r"(?P<raw>\{%-?\s*raw\s*-?%\})"
    r"|(?P<liquid_code>\{%-?\s*highlight\s+(?P<liquid_language>[\w+#-]*)[^%{}]*%\})"
    r"|(?P<hugo_code>\{\{[<%]\s*highlight\s+\"?(?P<hugo_language>[\w+#-]*)[^>{}]*[>%]\}\})"
    r"|(?P<shown>\{\{(?P<guard>[<%])/\*)"
)
_SIGNS = {
    "{": f"{_TEMPLATES}|{opens_of('{')}",
    "<": rf"(?P<element><(?P<tag>{'|'.join(ELEMENTS)})\b[^<>]*>)|{opens_of('<')}",
    "[": r"(?P<wp_code>\[(?P<wp>code|sourcecode)(?P<wp_arguments>\s[^\[\]]*)?\])",
    "\\": r"(?P<escape>\\[\\`])",
    "`": r"(?P<ticks>`+)",
    "%": r"(?P<percents>%%)",
}
"""What begins with which sign. A body is searched for the signs, which is quick, and only there for
what they may begin."""
_BEGINS = {sign: re.compile(pattern, re.IGNORECASE) for sign, pattern in _SIGNS.items()}
_IN_MARKDOWN, _IN_HTML = re.compile(r"[{<\[\\`%\n]"), re.compile(r"[{<\[]")
LINE = re.compile(
    rf"(?P<prefix>[ \t>]*(?:{ITEM}["
    r" \t]+)*)(?P<fence>`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})(?P<info>[^\n]*)"
    r"|(?P<indented>(?: {0,3}>)*(?: {4}| {0,3}\t)(?=[ \t]*[^ \t\n]))"
    rf"|(?P<item>[ \t>]*{ITEM})"
    r"|(?P<reference>[ \t>]*\[(?=[^\[\]\n]{1,80}\]:))"
    rf"|{opens_of('#')}",
    re.IGNORECASE,
)
_LINE_SIGNS = frozenset(" \t>-*+0123456789`~[#")
PASSED = frozenset({"escape", "indented", "item", "ticks"})
"""What is passed over whole where it begins nothing."""


def next_opening(text: str, position: int, *, line: bool, markdown: bool) -> re.Match[str] | None:
    """Return what may begin something else than running text next.

    Args:
        text: The body.
        position: Where to begin.
        line: The position is the beginning of a line.
        markdown: False for HTML, where indentation and backticks mean nothing.
    """
    signs = _IN_MARKDOWN if markdown else _IN_HTML
    while True:
        if line and markdown and text[position : position + 1] in _LINE_SIGNS:
            match = LINE.match(text, position)
            if match:
                return match
        sign = signs.search(text, position)
        if sign is None:
            return None
        line, position = sign[0] == "\n", sign.end()
        match = None if line else _BEGINS[sign[0]].match(text, sign.start())
        if match:
            return match
