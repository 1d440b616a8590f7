"""Which step leads from which state to which: one table, and nothing else changes a state."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from publisher.subscribers.models import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.subscribers.models import Event, Subscriber


class StateChange(StrEnum):
    """What happens to a subscriber."""

    SUBSCRIBE = "subscribe"
    CONFIRM = "confirm"
    ADD = "add"
    IMPORT = "import"
    UNSUBSCRIBE = "unsubscribe"
    SUPPRESS = "suppress"
    BOUNCE = "bounce"
    COMPLAIN = "complain"


_P = SubscriberState.PENDING
_A = SubscriberState.ACTIVE
_U = SubscriberState.UNSUBSCRIBED
_B = SubscriberState.BOUNCED
_C = SubscriberState.COMPLAINED

TRANSITIONS: Mapping[StateChange, Mapping[SubscriberState | None, SubscriberState]] = {
    # Asking changes nothing for somebody known: only the click in the mail does.
    StateChange.SUBSCRIBE: {None: _P, _P: _P, _A: _A, _U: _U, _B: _B, _C: _C},
    # The click proves that the address is theirs and that they want the mail, whatever was before.
    StateChange.CONFIRM: {_P: _A, _A: _A, _U: _A, _B: _A, _C: _A},
    # The operator or a file may begin, never bring back.
    StateChange.ADD: {None: _A, _P: _A, _A: _A, _U: _U, _B: _B, _C: _C},
    StateChange.IMPORT: {None: _A, _P: _A, _A: _A, _U: _U, _B: _B, _C: _C},
    StateChange.UNSUBSCRIBE: {None: _U, _P: _U, _A: _U, _U: _U, _B: _U, _C: _C},
    StateChange.SUPPRESS: {None: _U, _P: _U, _A: _U, _U: _U, _B: _U, _C: _C},
    StateChange.BOUNCE: {None: _B, _P: _B, _A: _B, _U: _U, _B: _B, _C: _C},
    StateChange.COMPLAIN: {None: _C, _P: _C, _A: _C, _U: _C, _B: _C, _C: _C},
}
"""``None`` stands for an address that is not on the list. A pair that is missing cannot happen:
there is nobody to do it to."""


def move(state: SubscriberState | None, step: StateChange) -> SubscriberState:
    """Return the state after a step.

    Raises:
        ValueError: There is nobody to do it to.
    """
    try:
        return TRANSITIONS[step][state]
    except KeyError:
        raise ValueError(f"{step} needs a subscriber") from None


MISREAD = "unsubscribed there"
"""All that version 0.1.0 kept of who was away in a file, whichever column it took that from; later
ones name column and value."""

_NOT_LEAVING = frozenset(
    {StateChange.SUBSCRIBE, StateChange.ADD, StateChange.IMPORT, "preferences"}
)


def is_away_by_file(person: Subscriber, events: Sequence[Event]) -> bool:
    """Return whether nothing but an imported file says that somebody left.

    Never of who clicked, complained, bounced or was suppressed here, nor of who did so before in a
    state that ended.

    Args:
        person: Whose state it is.
        events: Everything that happened to them here.
    """
    return (
        person.state is SubscriberState.UNSUBSCRIBED
        and not person.suppressed
        and all(event.what in _NOT_LEAVING for event in events)
    )


def is_away_by_misreading(person: Subscriber, events: Sequence[Event]) -> bool:
    """Check whether version 0.1.0 read that file, which took other columns for leaving, too."""
    files = [
        event
        for event in events
        if event.what == StateChange.IMPORT and event.state is SubscriberState.UNSUBSCRIBED
    ]
    return bool(files) and files[-1].wording == MISREAD and is_away_by_file(person, events)
