"""A post of any length costs an issue no more than what is shown of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.newsletter.layout import compose_post
from publisher.newsletter.plain_text import html_to_text
from publisher.newsletter.truncate import LIMIT, head_of
from publisher.posts.models import NewsletterSwitch
from tests.newsletter.mails import ENVIRONMENT, ZONE
from tests.newsletter.one_issue import BRANDING, ENTRY

LONG = {
    "paragraphs": "<p>one short paragraph</p>" * 80_000,
    "in one block": f"<div><div>{'<p>one short paragraph</p>' * 80_000}</div></div>",
    "items": f"<ul>{'<li>one short item</li>' * 80_000}</ul>",
    "running text": "one <b>bold</b> word " * 80_000,
}


@pytest.mark.parametrize("content", LONG.values(), ids=LONG)
def test_styles_are_inlined_in_the_head_of_a_long_post_only(content: str) -> None:
    """Inlining two megabytes takes premailer seconds, and most of it is dropped afterwards."""
    head = head_of(content)
    assert LIMIT < len(head) < 5 * LIMIT
    composition = compose_post(
        replace(ENTRY, content=content),
        NewsletterSwitch(),
        BRANDING,
        ENVIRONMENT,
        content="full",
        zone=ZONE,
    )
    assert len(composition.html.encode()) <= LIMIT
    assert "Read the rest on the web" in composition.html
    assert len(composition.text) > LIMIT, "the plain text says everything"


def test_a_short_post_is_left_as_it_is() -> None:
    """Nothing is parsed, and nothing changes."""
    assert head_of("<p>x</p>") == "<p>x</p>"


def test_links_are_numbered_once_each() -> None:
    """The same address has the same number, in the order of their first appearance."""
    text = html_to_text(
        '<p><a href="https://a.example">a</a> <a href="https://b.example">b</a> <a'
        ' href="https://a.example">c</a></p>'
    )
    assert text == "a [1] b [2] c [1]\n\n[1] https://a.example\n[2] https://b.example"
