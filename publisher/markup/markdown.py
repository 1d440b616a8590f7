"""Markdown (GitHub's flavour, footnotes, heading ids, raw HTML) to HTML.

The result is not safe yet.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

_BARE_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_ENDLESS = re.compile(
    r"https?://\S{4000}", re.IGNORECASE
)  # linkify needs quadratic time there: 160 KB cost a minute
_NOT_IN_IDS = re.compile(r"[^\w\u4e00-\u9fff\- ]")
# the preset's 20 loses the eleventh level of a list; hostile brackets cost time in proportion to it
_DEEPEST = 40


def to_html(body: str, highlight: object) -> str:
    """Return Markdown as HTML.

    Args:
        body: LF line ends.
        highlight: Called with code and language of fences; gives HTML of the whole block.
    """
    linkify = _BARE_ADDRESS.search(body) is not None and _ENDLESS.search(body) is None
    parser = _parser(linkify=linkify)
    rendered: str = parser.render(body, {"highlight": highlight})
    return rendered


@cache
def _parser(*, linkify: bool) -> MarkdownIt:
    """Make a parser once.

    Finding bare addresses is slow, so only bodies that have some pay for it.
    """
    parser = MarkdownIt("commonmark", {"linkify": linkify, "html": True, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    if linkify:
        parser.enable("linkify")
        assert parser.linkify is not None
        # A file name that ends in .py is no site of Paraguay, and whoever writes a bare e-mail
        # address need not wish to be found by programs.
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
    parser.use(footnote_plugin).use(tasklists_plugin)
    parser.core.ruler.push("heading_ids", _heading_ids)
    # What it refuses stays in the text as Markdown; the cleaner drops the address and keeps the
    # words.
    parser.validateLink = _any_address  # type: ignore[assignment,method-assign]
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    return parser


def _heading_ids(state: StateCore) -> None:
    """Set the ids of headings that GitHub would.

    Equal ones are numbered on from the last, not from the first.
    """
    taken: set[str] = set()
    last: dict[str, int] = {}
    for opened, inline in pairwise(state.tokens):
        if opened.type != "heading_open":
            continue
        title = "".join(
            child.content
            for child in inline.children or ()
            if child.type in {"text", "code_inline"}
        )
        slug = _NOT_IN_IDS.sub("", title.lower().replace(" ", "-"))
        number = last.get(slug, 0)
        name = f"{slug}-{number}" if number else slug
        while name in taken:
            number += 1
            name = f"{slug}-{number}"
        taken.add(name)
        last[slug] = number
        opened.attrSet("id", name)


def _any_address(_url: str) -> bool:
    """Leave refusing addresses to the cleaner, which keeps the text of the link."""
    return True


def _fence(
    _self: RendererHTML, tokens: list[Token], index: int, _options: OptionsDict, env: EnvType
) -> str:
    token = tokens[index]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    made: str = env["highlight"](token.content, language.strip("{}.").split(",")[0])
    return made
