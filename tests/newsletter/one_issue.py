"""An issue with one post in it, composed, and as a message."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from typing import TYPE_CHECKING

from publisher.newsletter.layout import compose_post
from publisher.newsletter.mime import build_message
from publisher.newsletter.models import Branding, Composition
from publisher.posts.models import Author, Enclosure, Entry, NewsletterSwitch
from tests.newsletter.mails import ENVIRONMENT, ZONE

if TYPE_CHECKING:
    from email.message import EmailMessage


BRANDING = Branding(
    "Small Distances",
    "The site",
    "https://example.org",
    "en",
    "Mira Ökafor <mail@example.org>",
    "answers@example.org",
    "Pier 3",
    intro="<p>Hi.</p>",
)
ENTRY = Entry(
    id="urn:a",
    url="https://example.org/a/",
    page_url="https://example.org/a/",
    title="Tea & {{ 7*7 }} <b>storms</b>",
    published=datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
    updated=datetime(2026, 3, 2, 23, 30, tzinfo=UTC),
    summary="A summary.",
    content=(
        '<h1 id="x">Head</h1><p>Words {{ 7*7 }} and <a href="https://example.org/x">a'
        ' link</a>.</p><ul><li>one</li><li>two</li></ul><pre style="color:#fff"><code>if x:\n   '
        " run()</code></pre><table><tr><th>k</th><td>v</td></tr></table>"
        "<blockquote><p>Said</p></blockquote>"
        '<p><img src="https://example.org/i.png" alt="Waves" width="2000" height="9"></p>'
    ),
    authors=(Author("Ada"),),
    enclosures=(Enclosure("https://example.org/a.mp3", 7, "audio/mpeg"),),
)


def compose_issue(
    entry: Entry = ENTRY, switch: NewsletterSwitch | None = None, content: str = "full"
) -> Composition:
    """Return the issue of one post."""
    return compose_post(
        entry, switch or NewsletterSwitch(), BRANDING, ENVIRONMENT, content=content, zone=ZONE
    )


def as_message(composition: Composition | None = None, **changes: str) -> EmailMessage:
    """Return a composition as parsers read its message, which must be plain ASCII lines."""
    fields = {
        "recipient": "Zoë <reader@bücher.example>",
        "message_id": "<1@example.org>",
        "unsubscribe_url": "https://example.org/unsubscribe/" + "t" * 90,
        "preferences_url": "https://example.org/preferences/t",
        "web_view_url": "https://example.org/a/",
    }
    data = build_message(
        composition or compose_issue(),
        BRANDING,
        date=datetime(2026, 3, 2, tzinfo=UTC),
        **{**fields, **changes},
    )
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(byte < 128 for byte in data)
    return message_from_bytes(data, policy=modern)
