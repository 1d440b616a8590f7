"""Space in a mail: blocks stand apart, and nothing hangs below its last line."""

from __future__ import annotations

import re

import pytest

from tests.newsletter.mails import entry_of, issue_of


def _style(html: str, opening: str) -> str:
    """Return the style of the first element of the body that is opened so."""
    found = re.search(rf"{opening}[^>]* style=[\"']([^>]*)[\"']", html[html.index("<body") :])
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("body", "opening", "declared"),
    [
        pytest.param("Bare<pre>x</pre>", "<pre", "margin:20px 0 24px 0", id="code after bare text"),
        pytest.param(
            "Bare<blockquote>x</blockquote>", "<blockquote", "margin:20px 0", id="a quotation"
        ),
        pytest.param(
            "| a |\n|---|\n| b |", '<div class="scrolls"', "margin:20px 0 24px 0", id="a table"
        ),
        pytest.param("> x", "<p", "margin-bottom:0", id="the last line of a quotation"),
        pytest.param("<pre><p>x</p></pre>", "<p(?= )", "margin:0", id="a paragraph in code"),
        pytest.param("- a\n  - b", "<li[^>]*>a\\s*<ul", "margin:8px 0 0 0", id="a list in a list"),
    ],
)
def test_blocks_keep_their_distance(body: str, opening: str, declared: str) -> None:
    """Old posts have bare text before a block; margins that meet become one."""
    html = issue_of(entry_of("A post", body))
    content = "<body>" + html[html.rindex('class="article-body"') :]
    assert f"{declared};" in f"{_style(content, opening)};"


def test_the_last_column_ends_where_the_lines_do() -> None:
    """Figures on the right stand below one another and at the edge of the text."""
    html = issue_of(entry_of("A post", "| a | b |\n|---|--:|\n| 1 | 2 |"))
    cells = re.findall(r"<t[hd][^>]*padding:([^;]*);[^>]*>[ab12]<", html)
    assert cells == ["7px 12px 7px 0", "7px 0"] * 2


def test_a_picture_leaves_no_gap_for_descenders() -> None:
    """On the baseline of 29 px lines, eight pixels stay empty below each."""
    html = issue_of(entry_of("A post", "![x](x.png)"))
    pictures = re.findall(r"<img[^>]*max-width[^>]*>", html)
    assert len(pictures) == 2  # the post's cover, and the one in it
    assert all("vertical-align:middle" in picture for picture in pictures)


def test_the_links_below_a_mail_stay_whole() -> None:
    """A link over two lines looks like two, where a thumb is to hit one."""
    html = issue_of(entry_of("A post", "x"))
    ways = html[html.index('class="ways"') :].partition("</p>")[0]
    assert ways.count("<a ") == ways.count("white-space:nowrap") == 3
