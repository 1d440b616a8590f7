"""The message of an issue, as parsers and one-click unsubscribe need it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import HeaderError
from tests.newsletter.one_issue import ENTRY, as_message, compose_issue


def test_the_message_opens_in_a_parser_with_the_right_structure() -> None:
    """multipart/alternative, text before HTML, each header once."""
    message = as_message()
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
    message = as_message()
    assert message["List-Unsubscribe"] == f"<https://example.org/unsubscribe/{'t' * 90}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<small-distances.example.org>"
    assert as_message(unsubscribe_url="http://localhost/u")["List-Unsubscribe-Post"] is None


@given(st.text(max_size=60), st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\x00"]))
def test_no_title_begins_a_header(text: str, end: str) -> None:
    """A line end in a title is folded away, or the message is refused; no header is ever added."""
    composition = compose_issue(replace(ENTRY, title=f"x{end}Bcc: all@example.org{end}{text}"))
    message = as_message(composition)
    assert message["Bcc"] is None
    with pytest.raises(HeaderError):
        as_message(replace(composition, subject=f"x{end}Bcc: all@example.org"))
