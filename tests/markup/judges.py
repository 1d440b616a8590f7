"""What safe, absolute, well-formed HTML is, said without the code under test."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"br", "col", "hr", "img", "wbr"}
FORBIDDEN = {
    "script", "style", "iframe", "object", "embed", "form", "input", "button", "svg", "math",
    "video", "audio", "link", "meta",
    "base", "template", "textarea", "select", "frame", "frameset", "noscript", "source", "picture",
}  # fmt: skip
PROPERTIES = {
    "background-color", "color", "font-family", "font-size", "font-style", "font-weight",
    "line-height", "padding",
    "text-decoration", "white-space",
}  # fmt: skip
BAD_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd-\uffff\ud800-\udfff]")
ADDRESS = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]+")


class Judge(HTMLParser):
    """Reads a fragment tag by tag and writes down what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag and its attributes."""
        if tag in FORBIDDEN:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            self.attribute(tag, name, value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Hold it against what is open."""
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"unbalanced </{tag}>")

    def attribute(self, tag: str, name: str, value: str) -> None:
        """Look at one attribute."""
        if name.startswith("on") or name in {
            "srcset",
            "srcdoc",
            "action",
            "formaction",
            "background",
            "class",
        }:
            self.faults.append(f"{tag} {name}")
        if name in {"href", "src", "cite"}:
            parts = urlsplit(value)
            web = parts.scheme in {"http", "https"} and bool(parts.netloc)
            if not ADDRESS.fullmatch(value) or not (
                web
                or (
                    parts.scheme in {"mailto", "tel", "ftp", "geo", "xmpp", "gemini"}
                    and name != "src"
                )
            ):
                self.faults.append(f"{tag} {name}={value!r}")
        if name == "style":
            allowed = {"width"} if tag == "img" else PROPERTIES
            self.faults += [
                part for part in value.split(";") if part.partition(":")[0].strip() not in allowed
            ]


def faults_of(html: str) -> list[str]:
    """Return everything that makes HTML unfit for a feed and a mail; nothing for good HTML."""
    judge = Judge()
    judge.feed(html)
    judge.close()
    faults = judge.faults + [f"<{tag}> never closed" for tag in judge.open]
    return faults + [f"character {match[0]!r}" for match in BAD_CHARACTERS.finditer(html)]
