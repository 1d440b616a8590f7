"""Addresses: what was typed is kept, what counts is compared."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.subscribers.email_address import AddressError, check_address, envelope_address


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
