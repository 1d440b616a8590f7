"""Read one row of an exported list.

Who, in which state there, and what the file proves of their consent.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from publisher.membership.csv_services import DOUBTFUL, WORDS
from publisher.subscribers.email_address import Address, AddressError, check_address
from publisher.subscribers.models import Cadence, Preferences, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from publisher.membership.csv_columns import Layout


_BY_FILE = {"left_file": SubscriberState.UNSUBSCRIBED, "bounced_file": SubscriberState.BOUNCED}
"""Columns that only a file of such people has."""
_BY_DATE = {"left_at": SubscriberState.UNSUBSCRIBED, "bounced_at": SubscriberState.BOUNCED}
_AWAY = frozenset(
    {SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED}
)
_WORST = (
    SubscriberState.ACTIVE,
    SubscriberState.PENDING,
    SubscriberState.BOUNCED,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.COMPLAINED,
)
_CONFIRMED_WORDS = frozenset({"confirmed"})
_TRUE = frozenset({"true", "yes", "1", "t", "y"})
_FALSE = frozenset({"false", "no", "0", "f", "n"})
_DATE = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{10,13}|[A-Z][a-z]{2,8} \d{1,2},?"
    r" \d{4}|\d{1,2} [A-Z][a-z]{2,8} \d{4}"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_LONGEST, _LONGEST_REASON = 500, 120


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
        why: Column and value that say so, where they are not active.
        was_misread: Version 0.1.0 took this row for one of somebody who left, and the file says
            that they did not.
    """

    address: Address
    state: SubscriberState
    preferences: Preferences
    proof: str
    why: str = ""
    was_misread: bool = False


def read_row(cells: Sequence[str], layout: Layout) -> Row:
    """Read one row.

    Raises:
        RowError: It has no address, or one that is none, or a state nobody knows.
    """

    def cell(meaning: str) -> str:
        number = layout.columns.get(meaning)
        return (
            cells[number].strip()[:_LONGEST] if number is not None and number < len(cells) else ""
        )

    email = cell("email")
    if not email:
        raise RowError("there is no address in it")
    try:
        address = check_address(email)
    except AddressError as error:
        raise RowError(str(error)) from error
    if address.folded.endswith(layout.of.placeholders):
        raise RowError(f"{layout.service} put it in the place of somebody who asked to be deleted")
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
    found = _state_in(cell, layout)
    if not layout.service:
        _refuse_hidden_states(cells, layout)
    was_misread = found.state is SubscriberState.ACTIVE and _was_misread(cell, layout)
    return Row(address, found.state, chosen, _proof(cell), found.why, was_misread)


def worse(first: Row, second: Row) -> Row:
    """Make one of two rows of one person.

    It is what the first says of them, in the worse of both states.
    """
    if _WORST.index(second.state) <= _WORST.index(first.state):
        return first
    return replace(first, state=second.state, why=second.why, was_misread=False)


@dataclass(frozen=True, slots=True)
class _Found:
    """A state, and what in the row says so."""

    state: SubscriberState
    why: str = ""


def _state_in(get: Callable[[str], str], layout: Layout) -> _Found:
    """Return in which state somebody is there: the worst of what the row's columns say.

    Raises:
        RowError: A column says what may or may not mean that they left.
    """

    def says(state: SubscriberState, meaning: str) -> _Found:
        return _Found(
            state,
            f"{layout.names[layout.columns[meaning]].strip()}: {_line(get(meaning))}"[
                :_LONGEST_REASON
            ],
        )

    found = [_Found(SubscriberState.ACTIVE)]
    found += [
        says(state, meaning) for meaning, state in _BY_FILE.items() if meaning in layout.columns
    ]
    found += [says(state, meaning) for meaning, state in _BY_DATE.items() if _is_date(get(meaning))]
    if get("subscribed").lower() in _FALSE:
        found.append(says(SubscriberState.UNSUBSCRIBED, "subscribed"))
    if get("disabled").lower() not in {"", *_FALSE}:
        if get("disabled").lower() not in _TRUE and not _is_date(get("disabled")):
            raise _doubt(layout, "disabled", get("disabled"))
        found.append(says(SubscriberState.UNSUBSCRIBED, "disabled"))
    found += [
        says(_known(get(meaning), layout, meaning), meaning)
        for meaning in ("state", "list_state")
        if _word(get(meaning))
    ]
    worst = max(found, key=lambda one: _WORST.index(one.state))
    if worst.state is SubscriberState.ACTIVE:
        if get("doubtful").lower() in _FALSE:
            raise _doubt(layout, "doubtful", get("doubtful"))
        if get("doubtful_at").lower() in _TRUE or _is_date(get("doubtful_at")):
            raise _doubt(layout, "doubtful_at", get("doubtful_at"))
    return worst


def _known(text: str, layout: Layout, meaning: str) -> SubscriberState:
    word = _word(text)
    state = layout.of.words.get(word) or WORDS.get(word)
    if state is not None:
        return state
    if word in DOUBTFUL:
        raise _doubt(layout, meaning, text)
    raise RowError(f"the state {text!r} is not known")


def _refuse_hidden_states(cells: Sequence[str], layout: Layout) -> None:
    """Check the columns that no name explains: one may still say that somebody left."""
    used = layout.columns.values()
    for number, name in enumerate(layout.names[: len(cells)]):
        if number not in used and WORDS.get(_word(cells[number]), SubscriberState.ACTIVE) in _AWAY:
            found = f"the column {name.strip()!r} says {cells[number].strip()!r}"
            raise RowError(f"{found}: if that is their state, call the column 'status'")


def _was_misread(get: Callable[[str], str], layout: Layout) -> bool:
    """Return whether version 0.1.0 read a row wrongly: it took who does not pay for who left."""
    match layout.service:
        case "Substack":
            return get("disabled").lower() in _FALSE
        case "Buttondown":
            return _word(get("state")) == "paused"
    return False


def _doubt(layout: Layout, meaning: str, value: str) -> RowError:
    name = layout.names[layout.columns[meaning]].strip()
    return RowError(
        f"{name!r} says {value!r}, which may or may not mean that they left: write 'unsubscribed'"
        " or 'active'"
    )


def _word(text: str) -> str:
    return re.sub(r"[^a-z]+", "_", text.lower()).strip("_") if text else ""


def _proof(get: Callable[[str], str]) -> str:
    """Return what proves consent: a date on which somebody subscribed or confirmed, and from where.

    The words are kept by this program.
    """
    if get("consent"):
        return get("consent")
    dates = (get("confirmed_at"), get("subscribed"))
    when, where, word = next(filter(_is_date, dates), ""), get("confirmed_ip"), get("state").lower()
    if when:
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
    return next((cadence for cadence in Cadence if cadence == text.lower()), Cadence.EVERY_POST)


def _tags(text: str) -> tuple[str, ...]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = []
        return (
            tuple(_line(str(tag)) for tag in found if str(tag).strip())
            if isinstance(found, list)
            else ()
        )
    return tuple(dict.fromkeys(_line(tag) for tag in text.split(",") if tag.strip()))


def _line(text: str) -> str:
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(text.split())[:100]
