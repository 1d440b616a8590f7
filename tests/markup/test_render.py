"""Markdown and HTML as people write them, their summaries, and their limits."""

from __future__ import annotations

import time

import pytest

from publisher.errors import Level
from publisher.markup.models import RENDERER, Markup
from publisher.markup.render import render
from tests.markup.judges import faults_of

BASE = "https://example.org/a/"


def html_of(body: str) -> str:
    """Render Markdown."""
    return render(body, Markup.MARKDOWN, base_url=BASE).html


FLAVOUR = {
    "strikethrough": ("~~a~~", "<p><s>a</s></p>"),
    "bare address": (
        "see https://a.example/b.",
        '<p>see <a href="https://a.example/b">https://a.example/b</a>.</p>',
    ),
    "heading ids": (
        "## One thing\n\n## One thing",
        '<h2 id="one-thing">One thing</h2>\n<h2 id="one-thing-1">One thing</h2>',
    ),
    "tasks": ("- [x] done\n- [ ] open", "<ul>\n<li>☑  done</li>\n<li>☐  open</li>\n</ul>"),
    "raw HTML": ("a <kbd>b</kbd>", "<p>a <kbd>b</kbd></p>"),
    "unclosed HTML": ("<p>a <b>b", "<p>a <b>b</b></p>"),
    "older elements": (
        "<center><strike>a</strike> <tt>b</tt></center>",
        "<div><s>a</s> <code>b</code></div>",
    ),
    "sections stay apart": ("<section>a</section><article>b</article>", "<div>a</div><div>b</div>"),
    "empty anchors": ('<p><a name="x"></a>a</p>', "<p>a</p>"),
    "no-break space": ("a\u00a0b", "<p>a\u00a0b</p>".replace("\u00a0", "&nbsp;")),
}


@pytest.mark.parametrize(("body", "expected"), FLAVOUR.values(), ids=FLAVOUR.keys())
def test_the_flavour_people_write(body: str, expected: str) -> None:
    """GitHub's Markdown with HTML in it."""
    assert html_of(body) == expected


def test_a_table_keeps_its_alignment_without_styles() -> None:
    """``align`` is what mail clients and feed readers know."""
    html = html_of("| a | b |\n|:-:|--:|\n| 1 | 2 |")
    assert '<th align="center">a</th>' in html
    assert '<td align="right">2</td>' in html


def test_footnotes_lead_there_and_back_on_the_post_s_page() -> None:
    """Fragments are absolute: in a feed there is no page of one's own."""
    html = html_of("a[^1]\n\n[^1]: The note.")
    assert '<a href="https://example.org/a/#fn1" id="fnref1">' in html
    assert '<li id="fn1"><p>The note. <a href="https://example.org/a/#fnref1">' in html


def test_a_list_twelve_levels_deep_is_whole() -> None:
    """Outlines nest; nothing of them may vanish."""
    body = "".join(f"{'  ' * level}- level{level}\n" for level in range(12))
    assert "level11" in html_of(body)


SUMMARIES = {
    "before the mark": ("One *two*.\n\nThree.<!--more-->\n\nFour.", "One two. Three."),
    "mark with spaces": ("One.\n\n<!-- more -->\n\nFour.", "One."),
    "mark at the top": ("<!--more-->\n\nFour.", "Four."),
    "first paragraph": ("# Title\n\nOne.\n\nTwo.", "One."),
    "paragraph of a picture": ("![x](/a.png)\n\nWords.", "Words."),
    "paragraph of signs": ("***\n\n—\n\nWords.", "Words."),
    "no paragraph": ("- item one\n- item two", "item one"),
    "entities": ("a &amp; b &lt;c&gt;", "a & b <c>"),
    "footnote mark": ("Words[^1] here.\n\n[^1]: n", "Words here."),
    "no-break space": ("a\u00a0b", "a\u00a0b"),
    "only code": ("```\nx = 1\n```", "x = 1"),
    "nothing": ("", ""),
    "no HTML in it": ("a <b>b</b> `<i>`", "a b <i>"),
}


@pytest.mark.parametrize(("body", "expected"), SUMMARIES.values(), ids=SUMMARIES.keys())
def test_the_summary_is_plain_text_of_the_beginning(body: str, expected: str) -> None:
    """The text before the author's mark, else the first paragraph that has words."""
    assert render(body, Markup.MARKDOWN, base_url=BASE).summary == expected


def test_a_long_summary_is_cut_at_a_word() -> None:
    """Preheaders and readers' lists show about two lines."""
    summary = render("some words, " * 60, Markup.MARKDOWN, base_url=BASE).summary
    assert len(summary) <= 280
    assert summary.endswith(("words…", "some…"))


@pytest.mark.parametrize("markup", [Markup.MARKDOWN, Markup.HTML])
@pytest.mark.parametrize(
    "body",
    [
        ">" * 50_000 + " x",
        "<div>" * 50_000,
        "<div></x>" * 20_000,
        "<blockquote>" * 5_000 + "x",
        "<font>" * 5000,
    ],
    ids=["quotes", "elements", "elements with strange ends", "blockquotes", "fonts"],
)
def test_endless_nesting_is_shown_as_plain_text(body: str, markup: Markup) -> None:
    """Parsers of feeds, mails and browsers give up on it; the author hears where it is."""
    rendered = render(body, markup, base_url=BASE, path="a.md", body_line=7)
    assert faults_of(rendered.html) == []
    if markup is Markup.HTML and body.startswith(">"):
        return
    (problem,) = rendered.problems
    assert (problem.path, problem.line, problem.level) == ("a.md", 7, Level.ERROR)


HOSTILE = {
    "words in one line": "word " * 200_000,
    "one word": "x" * 1_000_000,
    "brackets": "[" * 20_000,
    "links": "[a](" * 8_000,
    "pictures": "![" * 10_000,
    "emphasis": "**a *" * 8_000,
    "addresses": "http://a" * 20_000,
    "frames": "<iframe " * 20_000,
    "scripts": "<script " * 20_000,
    "liquid": "{% a " * 20_000,
    "highlights": "{% highlight x %}" * 5_000,
    "expressions": "{{ site." * 20_000,
    "Hugo": '{{< a b="c ' * 10_000,
    "Hugo words": "{{< a " + "b" * 5_000 + "!",
    "captions": "[caption " * 10_000,
    "code": "[code]" * 10_000,
    "marks": "<!--more " * 20_000,
    "comments": "<!--" * 20_000,
    "attributes": "<iframe " + "a='" * 30_000 + ">",
    "quotes of attributes": "<iframe a=" + "'\"" * 30_000,
    "wiki": "[[a" * 20_000,
    "kramdown": "{: " * 20_000,
    "ticks": "`a``" * 10_000,
    "unclosed paragraphs": "<p>a" * 20_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("markup", [Markup.MARKDOWN, Markup.HTML])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies_take_seconds_at_most(body: str, markup: Markup) -> None:
    """One bad file must not hold up a site: no pattern may need quadratic time."""
    started = time.process_time()
    rendered = render(body, markup, base_url=BASE)
    assert time.process_time() - started < 6
    assert faults_of(rendered.html) == []


def test_the_renderer_has_a_version() -> None:
    """It keys the cache of rendered bodies."""
    assert RENDERER
