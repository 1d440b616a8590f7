"""Read one row of an exported list: who, in which state there, and what the file proves of their consent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from publisher.subscribers.addresses import Address, AddressError, check_address
from publisher.subscribers.model import Cadence, Preferences, State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from publisher.subscribers.columns import Layout

_STATES = {
    "active": State.ACTIVE, "subscribed": State.ACTIVE, "confirmed": State.ACTIVE, "enabled": State.ACTIVE, "regular": State.ACTIVE,
    "premium": State.ACTIVE, "free": State.ACTIVE, "paid": State.ACTIVE, "comp": State.ACTIVE, "trial": State.ACTIVE,
    "gift": State.ACTIVE, "trialed": State.ACTIVE, "gifted": State.ACTIVE, "author": State.ACTIVE, "subscriber": State.ACTIVE,
    "unsubscribed": State.UNSUBSCRIBED, "cancelled": State.UNSUBSCRIBED, "canceled": State.UNSUBSCRIBED, "inactive": State.UNSUBSCRIBED,
    "removed": State.UNSUBSCRIBED, "disabled": State.UNSUBSCRIBED, "blocklisted": State.UNSUBSCRIBED, "blacklisted": State.UNSUBSCRIBED,
    "blocked": State.UNSUBSCRIBED, "deleted": State.UNSUBSCRIBED, "archived": State.UNSUBSCRIBED, "suppressed": State.UNSUBSCRIBED,
    "paused": State.UNSUBSCRIBED, "bounced": State.BOUNCED, "cleaned": State.BOUNCED, "undeliverable": State.BOUNCED,
    "junk": State.COMPLAINED,
    "complained": State.COMPLAINED, "complaint": State.COMPLAINED, "spam": State.COMPLAINED, "spammy": State.COMPLAINED,
    "pending": State.PENDING, "unconfirmed": State.PENDING, "unactivated": State.PENDING, "validating": State.PENDING,
    "nonsubscribed": State.PENDING, "non_subscribed": State.PENDING, "transactional": State.PENDING, "invalid": State.BOUNCED,
}  # fmt: skip
"""What services call the states of a subscriber."""

_CONFIRMED_WORDS = frozenset({"confirmed"})
_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{10,13}|[A-Z][a-z]{2,8} \d{1,2},? \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4}"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LONGEST = 500


class RowError(ValueError):
    """A row cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row says.

    Attributes:
        address: Whose.
        state: There; only ``active`` gets mail.
        preferences: Name, tags, zone, language as far as given.
        proof: What the file proves of their consent; empty when nothing.
    """

    address: Address
    state: State
    preferences: Preferences
    proof: str


def read_row(cells: Sequence[str], layout: Layout) -> Row:
    """Read one row.

    Raises:
        RowError: It has no address, or one that is none, or a state nobody knows.
    """

    def cell(meaning: str) -> str:
        number = layout.columns.get(meaning)
        return cells[number].strip()[:_LONGEST] if number is not None and number < len(cells) else ""

    email = cell("email")
    if not email:
        raise RowError("there is no address in it")
    try:
        address = check_address(email)
    except AddressError as error:
        raise RowError(str(error)) from error
    name = cell("name") or f"{cell('first_name')} {cell('last_name')}".strip()
    ours = layout.service == "Publisher"
    chosen = Preferences(
        cadence=_cadence(cell("cadence")),
        # Tags elsewhere say what the owner thinks of people, not what people want to read.
        wanted=_tags(cell("tags")) if ours else (),
        unwanted=_tags(cell("unwanted")) if ours else (),
        zone=cell("zone") if cell("zone") in _zones() else "",
        language=cell("language") if _LANGUAGE.fullmatch(cell("language")) else "",
        name=_line(re.sub(r"^'(?=[=+@\t-])", "", name)),
    )
    return Row(address, _state(cell), chosen, _proof(cell))


def _state(get: Callable[[str], str]) -> State:
    if _is_date(get("bounced_at")):
        return State.BOUNCED
    if _is_date(get("left_at")) or get("disabled").lower() in _TRUE or get("subscribed").lower() in _FALSE:
        return State.UNSUBSCRIBED
    word = re.sub(r"[^a-z]+", "_", get("state").lower()).strip("_")
    if not word:
        return State.ACTIVE
    if word not in _STATES:
        raise RowError(f"the state {get('state')!r} is not known")
    return _STATES[word]


def _proof(get: Callable[[str], str]) -> str:
    """Say what proves consent: a date on which somebody subscribed or confirmed, and from where; words kept by this program."""
    if get("consent"):
        return get("consent")
    when, where, word = get("confirmed_at"), get("confirmed_ip"), get("state").lower()
    if _is_date(when):
        return f"confirmed {when}" + (f" from {where}" if where else "")
    if word in _CONFIRMED_WORDS:
        return f"state {word!r}" + (f" since {get('created_at')}" if get("created_at") else "")
    return ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_date(text: str) -> bool:
    return _DATE.search(text) is not None


def _cadence(text: str) -> Cadence:
    return next((cadence for cadence in Cadence if cadence == text.lower()), Cadence.EVERY_POST) if text else Cadence.EVERY_POST


def _tags(text: str) -> tuple[str, ...]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = []
        return tuple(_line(str(tag)) for tag in found if str(tag).strip()) if isinstance(found, list) else ()
    return tuple(dict.fromkeys(_line(tag) for tag in text.split(",") if tag.strip()))


def _line(text: str) -> str:
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:100]
