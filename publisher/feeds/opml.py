"""OPML 2.0: every feed of the site, for readers that import lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OPML = "feeds.opml"
"""Name of the document in the public folder."""


def render_opml(title: str, feeds: Iterable[tuple[str, str, str]]) -> bytes:
    """Return the list as UTF-8 bytes.

    Args:
        title: Of the site.
        feeds: ``(title, feed address, page address)`` of each.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        "  <head>",
        f"    <title>{_text(title)}</title>",
    ]
    lines += ["  </head>", "  <body>"]
    for name, address, page in feeds:
        named = f"text={_quoted(name)} title={_quoted(name)}"
        lines.append(
            f'    <outline type="rss" {named} xmlUrl={_quoted(address)} htmlUrl={_quoted(page)}/>'
        )
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'.replace("\n", "&#10;").replace("\r", "&#13;").replace("\t", "&#9;")


def _text(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )
