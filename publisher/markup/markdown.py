"""Markdown (GitHub's flavour, footnotes, heading ids, raw HTML) to HTML; the result is not safe yet."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_BARE_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)
_KRAMDOWN = re.compile(r"[ \t]*\{:(?:toc|[ \t]*[.#:\w][^{}\n]*)\}[ \t]*$|^\* ?TOC[ \t]*\n\{:toc\}", re.MULTILINE)
_WIKI_IMAGE = re.compile(r"!\[\[([^\[\]|\n]+?\.(?:png|jpe?g|gif|webp|svg|avif))(?:\|[^\[\]\n]*)?\]\]", re.IGNORECASE)
_WIKI_LINK = re.compile(r"!?\[\[([^\[\]|\n]+)(?:\|([^\[\]\n]+))?\]\]")


def to_html(body: str, highlight: object) -> str:
    """Give Markdown as HTML.

    Args:
        body: LF line ends.
        highlight: Called with code and language of fences; gives HTML of the whole block.
    """
    text = _plain_dialects(body)
    parser = _parser(bool(_BARE_ADDRESS.search(text)))
    rendered: str = parser.render(text, {"highlight": highlight})
    return rendered


def _plain_dialects(body: str) -> str:
    """Take out kramdown's attribute lists, and give Obsidian's wiki links as text and pictures."""
    if "{:" in body:
        body = _KRAMDOWN.sub("", body)
    if "[[" in body:
        body = _WIKI_IMAGE.sub(lambda m: f"![]({m[1].strip().replace(' ', '%20')})", body)
        body = _WIKI_LINK.sub(lambda m: (m[2] or m[1].rpartition("#")[0] or m[1]).strip(), body)
    return body


@cache
def _parser(linkify: bool) -> MarkdownIt:  # noqa: FBT001 - a cache key
    """Make a parser once; finding bare addresses is slow, so only bodies that have some pay for it."""
    parser = MarkdownIt("commonmark", {"linkify": linkify, "html": True})
    parser.enable(["table", "strikethrough"])
    if linkify:
        parser.enable("linkify")
        assert parser.linkify is not None
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.use(footnote_plugin).use(tasklists_plugin)
    parser.use(anchors_plugin, max_level=6, permalink=False)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    return parser


def _fence(_self: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    made: str = env["highlight"](token.content, language.strip("{}.").split(",")[0])
    return made
