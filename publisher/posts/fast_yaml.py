"""The YAML that most front matter is made of, read at once.

``key: value`` lines, short lists, folded lines.

Many files hold nothing else, and PyYAML builds them in Python, node by node: ten times as long.
What this gives is what PyYAML gives (``tests/posts/test_fast_yaml.py``); of everything it does
not know it gives nothing, and PyYAML reads it.
"""

from __future__ import annotations

import re

_SAFE = r"\w\x20.,/()!?+=%;$@\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u00ab\u00bb-"
"""What means nothing in YAML wherever it stands, for a set of characters; a minus sign is its
last."""
_PLAIN = rf"\w[&'\"{_SAFE}]*(?::(?=[^\s:])[&'\"{_SAFE}]*)*"
_SCALAR = rf"""({_PLAIN})|"([:#\[\]&'{_SAFE}]*)"|'([:#\[\]&"{_SAFE}]*)'"""
_LINE = re.compile(
    rf"""([A-Za-z_][\w-]*):[ ]*(?:(?<=[ ])(?:{_SCALAR}|\[([\w\x20,.'"-]*)\]|(>))[ ]*)?"""
)
_ITEM = re.compile(rf"([ ]*)-[ ]+(?:{_SCALAR})[ ]*")
_FOLDED = re.compile(rf"([ ]+)((?![ ])[:#\[\]*~&'\"{_SAFE}]+(?<![ ]))")
_FLOW_ITEM = re.compile(r"""\s*(?:([^\W_](?:[\w .-]*[\w.-])?)|"([\w .'-]*)"|'([\w ."-]*)')\s*""")
_FLAGS = {"yes": True, "no": False, "true": True, "false": False, "on": True, "off": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+", re.ASCII)
_LONGEST_NUMBER = 300


def read_plain(source: str) -> dict[str, object] | None:
    """Read front matter that is plain.

    Returns:
        Its keys as written and their values, or None where PyYAML is to read it: anything unusual,
        and keys that stand twice.
    """
    found: dict[str, object] = {}
    seen: set[str] = set()
    lines = source.split("\n")
    number = 0
    while number < len(lines):
        match = _LINE.fullmatch(lines[number])
        number += 1
        if match is None:
            return None
        key, plain, double, single, flow, fold = match.groups()
        folded = key.lower()
        if folded in seen or folded in _FLAGS or folded == "null":
            return None
        seen.add(folded)
        value: object | None
        if flow is not None:
            value = _flow(flow)
        elif fold is not None:
            texts, number = _below(lines, number, _FOLDED)
            value = (
                " ".join(text[2] for text in texts) + "\n" * (number < len(lines))
                if texts
                else None
            )
        elif plain is None and double is None and single is None:
            # A list, or nothing: the lines below tell.
            items, number = _below(lines, number, _ITEM)
            if not items:
                found[key] = None
                continue
            value = _all([_scalar(*item.groups()[1:]) for item in items])
        else:
            value = _scalar(plain, double, single)
        if value is None:
            return None
        found[key] = value
    return found


def _below(
    lines: list[str], number: int, pattern: re.Pattern[str]
) -> tuple[list[re.Match[str]], int]:
    """Return the lines from here on that belong to the key above, and the number after them.

    All of them are equally far in.
    """
    found: list[re.Match[str]] = []
    while number < len(lines) and (match := pattern.fullmatch(lines[number])) is not None:
        if found and match[1] != found[0][1]:
            return [], number
        found.append(match)
        number += 1
    return found, number


def _scalar(plain: str | None, double: str | None, single: str | None) -> object | None:
    """Return a scalar that is written in one of three ways, or None where PyYAML is to decide."""
    if plain is None:
        return double if double is not None else single
    text = plain.rstrip(" ")
    folded = text.lower()
    if folded in _FLAGS:
        return _FLAGS[folded] if text in {folded, folded.title(), folded.upper()} else None
    if folded == "null" or text.endswith(":"):
        return None
    if text[0].isdigit() and len(text) < _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


def _flow(text: str) -> list[object] | None:
    if not text.strip(" "):
        return []
    matches = [_FLOW_ITEM.fullmatch(part) for part in text.split(",")]
    return _all([_scalar(*match.groups()) if match is not None else None for match in matches])


def _all(values: list[object | None]) -> list[object] | None:
    return None if None in values else values
