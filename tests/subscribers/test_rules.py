"""States, addresses, tokens, buckets: the rules without a database."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.subscribers.email_address import AddressError, check_address, envelope_address
from publisher.subscribers.models import SubscriberState
from publisher.subscribers.rate_limit import Rate, TokenBuckets, network_of
from publisher.subscribers.states import TRANSITIONS, StateChange, move
from publisher.subscribers.tokens import Key, Keyring, Purpose

NOW = datetime(2026, 3, 2, tzinfo=UTC)
OLD, NEW = Key.of(b"o" * 32), Key.of(b"n" * 32)
SUBJECT = "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize("step", StateChange)
def test_every_step_says_what_it_does_in_every_state(step: StateChange) -> None:
    """One table; a state that is missing from a row would be a step that surprises somebody."""
    assert set(TRANSITIONS[step]) >= set(SubscriberState)


@pytest.mark.parametrize("step", [step for step in StateChange if step is not StateChange.CONFIRM])
@pytest.mark.parametrize(
    "state", [SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED]
)
def test_nobody_who_left_comes_back_without_their_own_click(
    state: SubscriberState, step: StateChange
) -> None:
    """Neither a form, nor the operator, nor a file."""
    assert move(state, step) is not SubscriberState.ACTIVE
    assert move(state, StateChange.CONFIRM) is SubscriberState.ACTIVE


def test_a_stranger_cannot_be_confirmed() -> None:
    """There must be somebody."""
    with pytest.raises(ValueError, match="needs a subscriber"):
        move(None, StateChange.CONFIRM)


@given(
    st.text("abAB01.-_+@\"' ä!#%[]:\t", max_size=70),
    st.sampled_from(
        [
            "x.org",
            "EX.org",
            "x",
            "x..org",
            "-x.org",
            "x.test",
            "[1.2.3.4]",
            "a.b.c.de",
            "x.org.",
            "bücher.de",
            "e" * 64 + ".org",
        ]
    ),
)
@example("a" * 65, "x.org")
@example("a" * 60, ".".join(["b" * 60] * 4) + ".org")
def test_the_short_way_through_an_address_is_the_librarys(local: str, domain: str) -> None:
    """Most addresses never reach the library whole; what it says of them is what we say."""
    text = f"{local}@{domain}"
    try:
        checked = validate_email(
            unicodedata.normalize("NFC", text.strip()), check_deliverability=False
        )
        wanted: str | None = f"{checked.local_part}@{checked.ascii_domain.casefold()}"
    except EmailNotValidError:
        wanted = None
    try:
        found: str | None = check_address(text).folded
    except AddressError:
        found = None
    assert found == wanted


def test_addresses_keep_what_was_typed_and_compare_what_counts() -> None:
    """The domain is folded and an A-label; the local part is its host's business."""
    address = check_address(" Ada.L@EXAMPLE.Org ")
    assert (address.typed, address.folded) == ("Ada.L@EXAMPLE.Org", "Ada.L@example.org")
    assert (
        check_address("a@Bücher.example").folded
        == check_address("a@BÜCHER.example").folded
        == "a@xn--bcher-kva.example"
    )
    assert envelope_address("Zoë@bücher.example") == "Zoë@xn--bcher-kva.example"
    for bad in (
        "",
        "a",
        "@x.org",
        "a@localhost",
        "a@x.org\nBcc: b@y.org",
        "a b@x.org",
        "a@x.org,b@x.org",
        "<a@x.org>",
    ):
        with pytest.raises(AddressError):
            check_address(bad)


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


def test_a_bucket_empties_and_fills_again() -> None:
    """So many at once, then evenly over the hour; everybody together has one too."""
    buckets = TokenBuckets(Rate(6), Rate(10))
    assert [buckets.take("a", 0.0) for _ in range(8)] == [True] * 6 + [False] * 2
    assert [buckets.take("b", 0.0) for _ in range(6)] == [True] * 4 + [False] * 2, (
        "the one for all is empty"
    )
    assert [buckets.take("a", 600.0) for _ in range(2)] == [True, False]
    assert [buckets.take("a", 7200.0) for _ in range(7)] == [True] * 6 + [False]


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_neighbours_share_a_bucket(host: str, network: str) -> None:
    """A /24 or a /64 is one household or one provider's customer."""
    assert network_of(host) == network
