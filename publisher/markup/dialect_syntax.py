"""What kramdown, Obsidian and Pelican write into bodies and no other Markdown knows."""

from __future__ import annotations

import html
import re

_KRAMDOWN = re.compile(
    r"^[*-] ?TOC[ \t]*\n\{:[ \t]*toc[^{}\n]*\}|(?<![ \t])[ \t]*\{:(?:toc|[ \t]*[.#:\w][^{}\n]*)\}["
    r" \t]*$",
    re.MULTILINE,
)
_WIKI_IMAGE = re.compile(
    r"!\[\[([^\[\]|\n]+?\.(?:png|jpe?g|gif|webp|svg|avif))(?:\|([^\[\]\n]*))?\]\]", re.IGNORECASE
)
_SIZE = re.compile(r"([0-9]{1,5})(?:x[0-9]{1,5})?", re.ASCII)
_WIKI_LINK = re.compile(r"!?\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]")
_PELICAN = re.compile(
    r"(?:\{(filename|static|attach)\}|\|(filename|static|attach)\|)([^\s)>\"'`]*)"
)
_SOURCE_NAME = re.compile(r"(?:.*/)?([^/]+?)\.(?:md|markdown|mkd|rst|html?)(?=$|#)")


def plain_markdown(body: str) -> str:
    """Take out kramdown's attribute lists, and give Obsidian's wiki links as text and pictures."""
    if "{:" in body:
        body = _KRAMDOWN.sub("", body)
    if "[[" in body:
        body = _WIKI_IMAGE.sub(_wiki_image, body)
        body = _WIKI_LINK.sub(lambda m: (m[2] or m[1].rpartition("#")[0] or m[1]).strip(), body)
    return body


def _wiki_image(match: re.Match[str]) -> str:
    """Return an embedded picture.

    Behind the bar stands its width, its width and height, or what it shows.

    The comment keeps a picture that stands alone on its line from being a block of HTML (CommonMark
    0.31, 4.6, kind 7).
    """
    address, told = match[1].strip().replace(" ", "%20"), (match[2] or "").strip()
    size = _SIZE.fullmatch(told)
    if size is None:
        return f"![{told}]({address})"
    return f'<img src="{html.escape(address)}" width="{size[1]}" alt=""><!-- -->'


def pelican_links(body: str) -> str:
    """Return Pelican's ``{filename}``, ``{static}`` and ``{attach}`` as paths of the site.

    A page of Pelican is ``<slug>.html`` at the top unless told otherwise, and most slugs are their
    file's name.
    """
    return _PELICAN.sub(_pelican, body) if "{" in body or "|" in body else body


def _pelican(match: re.Match[str]) -> str:
    target = match[3].lstrip("/")
    if not target:
        return match[0]
    name = _SOURCE_NAME.match(target) if "filename" in {match[1], match[2]} else None
    return f"/{name[1]}.html{target[name.end() :]}" if name else f"/{target}"
