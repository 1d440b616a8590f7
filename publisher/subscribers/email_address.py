"""Mail addresses.

Checked by email-validator without asking the DNS, stored as typed, compared with the domain folded.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email_validator import ValidatedEmail


_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LONGEST_LOCAL = 64
_LONGEST = 254


class AddressError(ValueError):
    """A text is no mail address; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address.

    Attributes:
        typed: As it was given, without the white space around it.
        folded: For comparing: local part as typed (RFC 5321 leaves its case to the host), domain as
            lower-case A-labels.
    """

    typed: str
    folded: str


def check_address(text: str) -> Address:
    """Read an address.

    Raises:
        AddressError: It is none, or its domain can get no mail (RFC 6761).
    """
    typed = unicodedata.normalize("NFC", text.strip())
    local, _, domain = typed.rpartition("@")
    if (
        len(local) <= _LONGEST_LOCAL
        and len(typed) <= _LONGEST
        and domain.isascii()
        and _PLAIN.fullmatch(local)
    ):
        # The library's rule for such a local part is this pattern; its work on the domain is kept,
        # a list has few of them.
        return Address(typed, f"{local}@{_domain(domain)}")
    checked = _validated(typed)
    # The part before the @ keeps its case: RFC 5321 (2.4) leaves its meaning to the receiving host.
    return Address(typed, f"{checked.local_part}@{checked.ascii_domain.casefold()}")


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    return str(_validated(f"a@{domain}").ascii_domain).casefold()


def _validated(address: str) -> ValidatedEmail:
    # Most commands never look at an address, and all of them would wait for the import.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError as error:
        raise AddressError(str(error)) from error


def envelope_address(typed: str) -> str:
    """Return an address for envelope and header, an IDN domain as A-labels (RFC 5890)."""
    local, _, domain = typed.rpartition("@")
    if domain.isascii():
        return typed
    return f"{local}@{_validated(typed).ascii_domain}"
