"""An issue: what it says, how it looks to a parser, and what it refuses."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from publisher.errors import HeaderError
from publisher.newsletter.layout import compose_digest, compose_post
from publisher.newsletter.mime import build_message
from publisher.newsletter.models import Branding, Composition
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.plain_text import html_to_text
from publisher.posts.models import Author, Enclosure, Entry, NewsletterSwitch
from tests.newsletter.mails import ENVIRONMENT, ZONE

if TYPE_CHECKING:
    from email.message import EmailMessage


LETTERHEAD = Branding(
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


def _compose(
    entry: Entry = ENTRY, switch: NewsletterSwitch | None = None, content: str = "full"
) -> Composition:
    return compose_post(
        entry, switch or NewsletterSwitch(), LETTERHEAD, ENVIRONMENT, content=content, zone=ZONE
    )


def _message(composition: Composition | None = None, **changes: str) -> EmailMessage:
    fields = {
        "recipient": "Zoë <reader@bücher.example>",
        "message_id": "<1@example.org>",
        "unsubscribe_url": "https://example.org/unsubscribe/" + "t" * 90,
        "preferences_url": "https://example.org/preferences/t",
        "web_view_url": "https://example.org/a/",
    }
    data = build_message(
        composition or _compose(),
        LETTERHEAD,
        date=datetime(2026, 3, 2, tzinfo=UTC),
        **{**fields, **changes},
    )
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert all(byte < 128 for byte in data)
    return message_from_bytes(data, policy=modern)


def test_an_issue_has_the_posts_title_date_and_words() -> None:
    """The date is that of the site's zone; the post's own h1 comes below the title."""
    composition = _compose()
    root = lxml_html.document_fromstring(composition.html)
    assert composition.subject == "Tea & {{ 7*7 }} <b>storms</b>"
    assert [heading.text_content() for heading in root.iter("h1")] == [composition.subject]
    assert "3 March 2026" in composition.html
    assert "3 March 2026" in composition.text
    assert root.get("lang") == "en"
    assert "Head" in [heading.text_content() for heading in root.iter("h2")]


def test_posts_are_data_in_templates() -> None:
    """What looks like a template stays what it is."""
    composition = _compose()
    for text in (composition.subject, composition.html, composition.text):
        assert "{{ 7*7 }}" in text
    assert "<b>storms</b>" not in composition.html


def test_dark_mode_survives_inlining() -> None:
    """The media query keeps its ``!important``; the light colours are inline."""
    html = _compose().html
    assert re.search(
        r"@media \(prefers-color-scheme:\s*dark\)[^@]*?#1f1c16\s*!important", html, re.DOTALL
    )
    assert re.search(r'<td class="sheet|class="sheet"[^>]*background-color:#fffdf8', html)


def test_every_issue_says_why_from_whom_and_how_to_leave() -> None:
    """Visible in both parts."""
    composition = _compose()
    for text in (composition.html, composition.text):
        for needed in (
            "because you subscribed",
            "Pier 3",
            *map(Placeholders(composition.mark).address, Own),
        ):
            assert needed in text


def test_nothing_tracks() -> None:
    """No pixel, no rewritten link, no remote font, no picture but the post's own."""
    root = lxml_html.document_fromstring(_compose().html)
    assert [image.get("src") for image in root.iter("img")] == ["https://example.org/i.png"]
    assert not list(root.iter("link", "script", "iframe", "form"))
    assert "@font-face" not in _compose().html


def test_pictures_fit_the_column() -> None:
    """None is wider than the mail, each has an ``alt`` and, for Outlook, a width in numbers."""
    root = lxml_html.document_fromstring(_compose().html)
    (picture,) = root.iter("img")
    assert (picture.get("alt"), picture.get("width"), picture.get("height")) == (
        "Waves",
        "536",
        None,
    )
    assert "width:100%;max-width:536px" in picture.get("style", "").replace(" ", "").replace(
        "; ", ";"
    )


def test_the_text_part_says_everything_the_html_says() -> None:
    """Word by word, with links as footnotes and code as it is."""
    text = _compose().text
    assert "a link [1]" in text
    assert "[1] https://example.org/x" in text
    assert "    if x:\n        run()" in text
    assert "> Said" in text
    assert "- one\n- two" in text
    assert "k | v" in text
    assert "Waves" in text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "li", "h2", "blockquote", "td", "pre", "figcaption"]),
            st.text("abc é&<", min_size=1, max_size=20),
        )
    )
)
def test_no_word_is_lost_in_the_text(blocks: list[tuple[str, str]]) -> None:
    """The same words in the same order, whatever the blocks."""
    wrap = {
        "li": ("<ul>", "</ul>"),
        "td": ("<table><tr>", "</tr></table>"),
        "figcaption": ("<figure>", "</figure>"),
    }
    html = ""
    for tag, words in blocks:
        before, after = wrap.get(tag, ("", ""))
        html += f"{before}<{tag}>{words.replace('&', '&amp;').replace('<', '&lt;')}</{tag}>{after}"
    wanted = " ".join(words for _, words in blocks).split()
    found = re.sub(r"^[ ]*(?:[-=]+$|[->] )", " ", html_to_text(html), flags=re.MULTILINE).split()
    assert found == wanted


def test_code_stays_as_it_is_wherever_it_stands() -> None:
    """Indented, in a list, a quotation or something that opens and closes.

    No line of code is wrapped or joined.
    """
    code = "def f(x):\n\treturn  [\n        x\n    ]"
    for before, after in (
        ("", ""),
        ("<ul><li>", "</li></ul>"),
        ("<details><summary>More</summary>", "</details>"),
        ("<blockquote>", "</blockquote>"),
    ):
        text = html_to_text(f"{before}<pre><code>{code}</code></pre>{after}")
        assert all(line in text for line in code.split("\n")), (before, text)


def test_a_summary_issue_links_to_the_whole_post() -> None:
    """``newsletter.content = "summary"``, or the post's own switch, which wins."""
    for composition in (
        _compose(content="summary"),
        _compose(switch=NewsletterSwitch(content="summary")),
    ):
        assert "A summary." in composition.html
        assert "Words" not in composition.html
        assert "Read on" in composition.html


def test_the_switch_of_a_post_replaces_subject_and_preheader() -> None:
    """``newsletter: {subject, preheader}``."""
    composition = _compose(switch=NewsletterSwitch(subject="Other", preheader="First words"))
    assert (composition.subject, composition.preheader) == ("Other", "First words")
    assert "First words" in composition.html


def test_a_long_issue_is_shortened_at_a_block_and_keeps_its_footer() -> None:
    """Gmail clips at 102 KB and would hide the unsubscribe link."""
    long = replace(
        ENTRY, content="".join(f"<p>Paragraph {number} {'word ' * 40}</p>" for number in range(900))
    )
    composition = _compose(long)
    assert len(composition.html.encode()) <= 100_000
    assert "Read the rest on the web" in composition.html
    assert Placeholders(composition.mark).address(Own.UNSUBSCRIBE) in composition.html
    assert "Paragraph 899" in composition.text
    assert [problem.level for problem in composition.problems] == ["warning"]
    assert "Read the rest on the web" not in _compose().html


def test_a_right_to_left_language_sets_the_direction() -> None:
    """Arabic, Hebrew, Persian."""
    assert 'dir="rtl"' in _compose(replace(ENTRY, language="he")).html


def test_a_digest_lists_whole_posts_and_links_the_rest() -> None:
    """More than ``digest_max`` are links; the subject names the first."""
    entries = [
        replace(ENTRY, title=f"Post {number}", url=f"https://example.org/{number}/")
        for number in range(5)
    ]
    digest = compose_digest(
        entries, LETTERHEAD, ENVIRONMENT, name="This week", content="summary", zone=ZONE, most=3
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
            [ENTRY], LETTERHEAD, ENVIRONMENT, name="This week", content="full", zone=ZONE
        ).subject
        == ENTRY.title
    )


def test_the_message_opens_in_a_parser_with_the_right_structure() -> None:
    """multipart/alternative, text before HTML, each header once."""
    message = _message()
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        assert len(message.get_all(name, [])) == 1
    assert message["Subject"] == ENTRY.title
    assert message["From"].addresses[0].display_name == "Mira Ökafor"
    assert message["To"].addresses[0].domain == "xn--bcher-kva.example"
    body = message.get_body(("html",))
    assert body is not None
    assert ".invalid/" not in body.get_content()


def test_one_click_unsubscribe_is_one_unfolded_line() -> None:
    """The standard policy would encode a long one as a word, and one-click would be dead."""
    message = _message()
    assert message["List-Unsubscribe"] == f"<https://example.org/unsubscribe/{'t' * 90}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<small-distances.example.org>"
    assert _message(unsubscribe_url="http://localhost/u")["List-Unsubscribe-Post"] is None


@given(st.text(max_size=60), st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\x00"]))
def test_no_title_begins_a_header(text: str, end: str) -> None:
    """A line end in a title is folded away, or the message is refused; no header is ever added."""
    composition = _compose(replace(ENTRY, title=f"x{end}Bcc: all@example.org{end}{text}"))
    message = _message(composition)
    assert message["Bcc"] is None
    with pytest.raises(HeaderError):
        _message(replace(composition, subject=f"x{end}Bcc: all@example.org"))


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
    _compose(
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


def test_tables_in_tables_are_said_once() -> None:
    """A row is its own table's.

    Said again for each table around it, forty of them would fill the disk.
    """
    text = html_to_text(
        "<table><tr><td>outer" * 12
        + "<table><caption>words</caption><tbody><tr><td>inner</td></tr></tbody></table>"
    )
    assert (text.count("inner"), text.count("words"), text.count("outer")) == (1, 1, 12)


def test_links_are_numbered_in_the_order_of_their_first_mention() -> None:
    """Two mentions of one address have one number."""
    text = html_to_text(
        "<p><a href='https://b.example'>b</a> <a href='https://a.example'>a</a> <a"
        " href='https://b.example'>c</a></p>"
    )
    assert text == "b [1] a [2] c [1]\n\n[1] https://b.example\n[2] https://a.example"
