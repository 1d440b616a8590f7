"""Mail merge: joined bytes say what a message built whole says, for any words and reader."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from publisher.newsletter.mail_merge import MailMerge, Recipient
from publisher.newsletter.mime import build_message
from publisher.newsletter.models import Branding, Composition
from publisher.newsletter.placeholders import Own, Placeholders

BRANDING = Branding(
    "Små avstånd",
    "The site",
    "https://example.org",
    "en",
    "Mira Ökafor <mail@example.org>",
    "answers@example.org",
)
ADA = Recipient(
    "ada@example.net",
    "",
    datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    f"<{'0a' * 16}@news.example.org>",
    f"https://news.example.org/unsubscribe/{'x' * 58}",
    f"https://news.example.org/preferences/{'y' * 58}",
)
VIEW = "https://news.example.org/issues/abc"
MARK = "0123456789abcdef" * 2
UNSUBSCRIBE, PREFERENCES, WEB_VIEW = (Placeholders(MARK).address(own) for own in Own)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=300)
WORDS = st.lists(
    st.one_of(
        TEXT,
        st.sampled_from(
            [UNSUBSCRIBE, PREFERENCES, WEB_VIEW, "\n", ".", " ", "=", "\r\n.\r\n", "x" * 75]
        ),
    )
).map("".join)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60
)


def _whole(composition: Composition, reader: Recipient) -> bytes:
    return build_message(
        composition,
        BRANDING,
        recipient=reader.address,
        date=reader.date,
        message_id=reader.message_id,
        unsubscribe_url=reader.unsubscribe_url,
        preferences_url=reader.preferences_url,
        web_view_url=VIEW,
    )


def _said(data: bytes) -> object:
    """Return all that a parser finds: fields in order, and each part's type and bytes."""
    message = message_from_bytes(data, policy=modern)
    fields = [
        (name, str(value)) for name, value in message.items() if name.lower() != "content-type"
    ]
    parts = [
        (part.get_content_type(), part.get_content_charset(), part.get_payload(decode=True))
        for part in message.walk()
    ]
    return fields, message.get_content_type(), parts


@given(subject=NAMES, text=WORDS, html=WORDS)
@example(
    subject="Hej",
    text=f".\nFrom me\n{UNSUBSCRIBE}",
    html=f"<a href='{UNSUBSCRIBE}'>.</a>  \n{PREFERENCES} \n",
)
@example(subject="", text="", html="")
@example(subject="", text="x" * 75 + "." + UNSUBSCRIBE, html="x" * 73 + " " + PREFERENCES)
@example(subject="", text="x" * 75 + " \n", html="x" * 74 + "\t\n" + "." * 80)
def test_joined_pieces_parse_to_the_message_built_whole(subject: str, text: str, html: str) -> None:
    """Any words, with placeholders anywhere among them.

    Same fields, same parts, same bytes in each part.
    """
    composition = Composition(subject, "", html, text, mark=MARK)
    joined = MailMerge.of(composition, BRANDING, VIEW).message(ADA)
    assert _said(joined) == _said(_whole(composition, ADA))
    assert not re.search(rb"[\r\n]", joined.replace(b"\r\n", b"")), (
        "every line end is CRLF: who sends it need not look again"
    )
    assert b"\r\n." not in joined
    assert max(map(len, joined.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@given(name=NAMES)
@example(name='A "quoted" \\ name, with: <odd> things')
@example(name="=?utf-8?q?nasty=0D=0A?=")
def test_a_readers_name_stays_one_name(name: str) -> None:
    """Whatever it holds, To is one mailbox with their address."""
    merge = MailMerge.of(Composition("S", "", "<p>x</p>", "x"), BRANDING, VIEW)
    message = message_from_bytes(merge.message(replace(ADA, name=name)), policy=modern)
    (mailbox,) = message["To"].addresses
    assert mailbox.addr_spec == "ada@example.net"
    assert message["List-Unsubscribe"] == f"<{ADA.unsubscribe_url}>"


@pytest.mark.parametrize(
    "reader",
    [
        replace(ADA, name="Ada\r\nBcc: all@example.net"),
        replace(ADA, address="ada@example.net\r\nBcc: all@example.net"),
        replace(ADA, message_id="<a@b>\nX: y"),
        replace(ADA, unsubscribe_url="https://e.org/\r\nX: y"),
        replace(ADA, unsubscribe_url="https://e.org/" + "x" * 1000),
    ],
)
def test_no_field_of_a_reader_begins_a_header(reader: Recipient) -> None:
    """Control characters are refused, never mangled in silence."""
    merge = MailMerge.of(Composition("S", "", "<p>x</p>", "x"), BRANDING, VIEW)
    with pytest.raises(HeaderError):
        merge.message(reader)


def test_an_address_beyond_ascii_keeps_its_letters() -> None:
    """RFC 6531: an encoded word in an address would be another address."""
    merge = MailMerge.of(
        Composition("S", "", f"<p>{UNSUBSCRIBE}</p>", PREFERENCES, mark=MARK), BRANDING, VIEW
    )
    data = merge.message(replace(ADA, address="åsa@example.net", name="Åsa"))
    assert "åsa@example.net".encode() in data
    assert (
        ADA.preferences_url.encode()
        in message_from_bytes(data, policy=modern).get_body(("plain",)).get_content().encode()  # type: ignore[union-attr]
    )
