"""OPML 2.0: every feed of the site, for readers that import lists."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable


def render_opml(title: str, feeds: Iterable[tuple[str, str, str]]) -> bytes:
    """Give the list as UTF-8 bytes.

    Args:
        title: Of the site.
        feeds: ``(title, feed address, page address)`` of each.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>", f"    <title>{_text(title)}</title>"]
    lines += ["  </head>", "  <body>"]
    for name, address, page in feeds:
        named = f"text={quoteattr(name)} title={quoteattr(name)}"
        lines.append(f'    <outline type="rss" {named} xmlUrl={quoteattr(address)} htmlUrl={quoteattr(page)}/>')
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
