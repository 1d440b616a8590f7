"""An issue: what it says, how it looks to a parser, and what it refuses."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lxml import html as lxml_html

from publisher.newsletter.layout import compose_digest
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.posts.models import NewsletterSwitch
from tests.newsletter.mails import ENVIRONMENT, ZONE
from tests.newsletter.one_issue import BRANDING, ENTRY, compose_issue


def test_an_issue_has_the_posts_title_date_and_words() -> None:
    """The date is that of the site's zone; the post's own h1 comes below the title."""
    composition = compose_issue()
    root = lxml_html.document_fromstring(composition.html)
    assert composition.subject == "Tea & {{ 7*7 }} <b>storms</b>"
    assert [heading.text_content() for heading in root.iter("h1")] == [composition.subject]
    assert "3 March 2026" in composition.html
    assert "3 March 2026" in composition.text
    assert root.get("lang") == "en"
    assert "Head" in [heading.text_content() for heading in root.iter("h2")]


def test_posts_are_data_in_templates() -> None:
    """What looks like a template stays what it is."""
    composition = compose_issue()
    for text in (composition.subject, composition.html, composition.text):
        assert "{{ 7*7 }}" in text
    assert "<b>storms</b>" not in composition.html


def test_dark_mode_survives_inlining() -> None:
    """The media query keeps its ``!important``; the light colours are inline."""
    html = compose_issue().html
    assert re.search(
        r"@media \(prefers-color-scheme:\s*dark\)[^@]*?#1f1c16\s*!important", html, re.DOTALL
    )
    assert re.search(r'<td class="sheet|class="sheet"[^>]*background-color:#fffdf8', html)


def test_every_issue_says_why_from_whom_and_how_to_leave() -> None:
    """Visible in both parts."""
    composition = compose_issue()
    for text in (composition.html, composition.text):
        for needed in (
            "because you subscribed",
            "Pier 3",
            *map(Placeholders(composition.mark).address, Own),
        ):
            assert needed in text


def test_nothing_tracks() -> None:
    """No pixel, no rewritten link, no remote font, no picture but the post's own."""
    root = lxml_html.document_fromstring(compose_issue().html)
    assert [image.get("src") for image in root.iter("img")] == ["https://example.org/i.png"]
    assert not list(root.iter("link", "script", "iframe", "form"))
    assert "@font-face" not in compose_issue().html


def test_pictures_fit_the_column() -> None:
    """None is wider than the mail, each has an ``alt`` and, for Outlook, a width in numbers."""
    root = lxml_html.document_fromstring(compose_issue().html)
    (picture,) = root.iter("img")
    assert (picture.get("alt"), picture.get("width"), picture.get("height")) == (
        "Waves",
        "536",
        None,
    )
    assert "width:100%;max-width:536px" in picture.get("style", "").replace(" ", "").replace(
        "; ", ";"
    )


def test_a_summary_issue_links_to_the_whole_post() -> None:
    """``newsletter.content = "summary"``, or the post's own switch, which wins."""
    for composition in (
        compose_issue(content="summary"),
        compose_issue(switch=NewsletterSwitch(content="summary")),
    ):
        assert "A summary." in composition.html
        assert "Words" not in composition.html
        assert "Read on" in composition.html


def test_the_switch_of_a_post_replaces_subject_and_preheader() -> None:
    """``newsletter: {subject, preheader}``."""
    composition = compose_issue(switch=NewsletterSwitch(subject="Other", preheader="First words"))
    assert (composition.subject, composition.preheader) == ("Other", "First words")
    assert "First words" in composition.html


def test_a_long_issue_is_shortened_at_a_block_and_keeps_its_footer() -> None:
    """Gmail clips at 102 KB and would hide the unsubscribe link."""
    long = replace(
        ENTRY, content="".join(f"<p>Paragraph {number} {'word ' * 40}</p>" for number in range(900))
    )
    composition = compose_issue(long)
    assert len(composition.html.encode()) <= 100_000
    assert "Read the rest on the web" in composition.html
    assert Placeholders(composition.mark).address(Own.UNSUBSCRIBE) in composition.html
    assert "Paragraph 899" in composition.text
    assert [problem.level for problem in composition.problems] == ["warning"]
    assert "Read the rest on the web" not in compose_issue().html


def test_a_right_to_left_language_sets_the_direction() -> None:
    """Arabic, Hebrew, Persian."""
    assert 'dir="rtl"' in compose_issue(replace(ENTRY, language="he")).html


def test_a_digest_lists_whole_posts_and_links_the_rest() -> None:
    """More than ``digest_max`` are links; the subject names the first."""
    entries = [
        replace(ENTRY, title=f"Post {number}", url=f"https://example.org/{number}/")
        for number in range(5)
    ]
    digest = compose_digest(
        entries, BRANDING, ENVIRONMENT, name="This week", content="summary", zone=ZONE, most=3
    )
    assert digest.subject == "This week: Post 0 and 4 more"
    for number in range(5):
        assert f"https://example.org/{number}/" in digest.html
        assert f"Post {number}" in digest.text
    assert digest.html.count('class="title"') >= 4


def test_a_digest_of_one_post_keeps_its_subject() -> None:
    """Nobody wants "This week: one"."""
    assert (
        compose_digest(
            [ENTRY], BRANDING, ENVIRONMENT, name="This week", content="full", zone=ZONE
        ).subject
        == ENTRY.title
    )


def test_composing_fetches_nothing() -> None:
    """A stylesheet or picture that a post names is not asked for.

    A server beside us sees no hit.
    """
    hits: list[str] = []

    class Canary(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    compose_issue(
        replace(
            ENTRY,
            content=(
                f'<link rel="stylesheet" href="{base}/a.css"><p><img src="{base}/i.png" alt=""></p>'
            ),
            image=f"{base}/c.png",
        )
    )
    server.shutdown()
    server.server_close()
    assert hits == []
