"""Tokens: each good for its purpose, signed by the newest key."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.subscribers.tokens import Key, Keyring, Purpose

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OLD, NEW = Key.of(b"o" * 32), Key.of(b"n" * 32)
SUBJECT = "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_is_good_for_its_purpose_only(purpose: Purpose) -> None:
    """It names whose it is and when it was made, and no address."""
    ring = Keyring((NEW,))
    token = ring.sign(purpose, SUBJECT, NOW)
    read = ring.read(purpose, token)
    assert read is not None
    assert (read.subject, read.issued) == (SUBJECT, NOW)
    assert [other for other in Purpose if ring.read(other, token) is not None] == [purpose]
    assert len(token) == 58


def test_old_keys_still_open_old_mails() -> None:
    """A new key signs; the ones before it go on verifying; an unknown one does not."""
    old = Keyring((OLD,)).sign(Purpose.UNSUBSCRIBE, SUBJECT, NOW)
    assert Keyring((NEW, OLD)).read(Purpose.UNSUBSCRIBE, old) is not None
    assert Keyring((NEW,)).read(Purpose.UNSUBSCRIBE, old) is None
    assert Keyring((NEW, OLD)).fingerprints("a")[1] == Keyring((OLD,)).fingerprint("a")


@given(st.text(max_size=80))
def test_no_text_is_a_token_by_accident(text: str) -> None:
    """Whatever comes in an address: None, never an exception."""
    assert Keyring((NEW,)).read(Purpose.CONFIRM, text) is None
