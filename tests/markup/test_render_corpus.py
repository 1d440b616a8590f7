"""Real posts, as their authors keep them, become safe HTML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from publisher.markup.models import Markup
from publisher.markup.opaque_ranges import without_comments
from publisher.markup.render import render
from tests.markup.judges import faults_of

if TYPE_CHECKING:
    from pathlib import Path

TAG = re.compile(r"\{%[^{}]*%\}")
MARKUPS = {".html": Markup.HTML, ".htm": Markup.HTML, ".rst": Markup.RST}


@pytest.mark.parametrize("site", ["seed", "wordpress", "jekyll", "hugo", "pelican", "eleventy"])
def test_every_post_of_a_site_becomes_safe_html(site: str, corpus: Path) -> None:
    """Front matter is rendered too: here any text will do."""
    faults = {}
    for path in sorted(path for path in (corpus / site).rglob("*") if path.is_file()):
        body = path.read_text("utf-8", errors="replace").partition("\n---\n")[2]
        rendered = render(
            body, MARKUPS.get(path.suffix, Markup.MARKDOWN), base_url="https://example.org/a/"
        )
        found = faults_of(rendered.html)
        if found:
            faults[path.name] = found
    assert faults == {}


def _links_of(body: str) -> list[str]:
    """Return the words of every Markdown link as CommonMark alone finds them.

    Shortcodes and pictures are left out.
    """
    found = []
    for block in MarkdownIt("commonmark").enable("strikethrough").parse(TAG.sub("", body)):
        words: list[str] | None = None
        for token in block.children or ():
            if token.type == "link_open":
                words = []
            elif token.type == "link_close" and words is not None:
                found.append(" ".join("".join(words).split()))
                words = None
            elif words is not None and token.type in {"text", "code_inline", "softbreak"}:
                words.append(token.content or " ")
    return [words for words in found if words]


@pytest.mark.parametrize("site", ["wordpress", "jekyll", "hugo", "pelican", "eleventy"])
def test_the_words_of_every_link_reach_the_reader(site: str, corpus: Path) -> None:
    """What stands in brackets is a shortcode for nobody as long as an address follows.

    Only what its author commented out is gone.
    """
    lost = []
    for path in sorted(
        path for path in (corpus / site).rglob("*") if path.is_file() and path.suffix not in MARKUPS
    ):
        body = path.read_text("utf-8", errors="replace").partition("\n---\n")[2]
        rendered = render(body, Markup.MARKDOWN, base_url="https://example.org/a/")
        shown = " ".join(
            lxml_html.fragment_fromstring(rendered.html, create_parent="div").text_content().split()
        )
        commented = {
            words
            for words in _links_of(body)
            if words not in " ".join(TAG.sub("", without_comments(body, markdown=True)).split())
        }
        lost += [
            (path.name, words)
            for words in _links_of(body)
            if words not in shown and words not in commented
        ]
    assert lost == []
