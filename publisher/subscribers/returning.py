"""Who is away only because a file said so.

They never left here, and may be put back by the operator or a better reading.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.subscribers.model import State
from publisher.subscribers.states import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.subscribers.model import Event, Subscriber

MISREAD = "unsubscribed there"
"""All that version 0.1.0 kept of who was away in a file, whichever column it took that from; later
ones name column and value."""

_NOT_LEAVING = frozenset({Step.SUBSCRIBE, Step.ADD, Step.IMPORT, "preferences"})


def is_away_by_file(person: Subscriber, events: Sequence[Event]) -> bool:
    """Say whether nothing but an imported file says that somebody left.

    Never of who clicked, complained, bounced or was suppressed here, nor of who did so before in a
    state that ended.

    Args:
        person: Whose state it is.
        events: Everything that happened to them here.
    """
    return (
        person.state is State.UNSUBSCRIBED
        and not person.suppressed
        and all(event.what in _NOT_LEAVING for event in events)
    )


def is_away_by_misreading(person: Subscriber, events: Sequence[Event]) -> bool:
    """Check whether that file was read by version 0.1.0, which misread columns for leaving.

    It took columns for leaving that mean something else.
    """
    files = [
        event for event in events if event.what == Step.IMPORT and event.state is State.UNSUBSCRIBED
    ]
    return bool(files) and files[-1].wording == MISREAD and is_away_by_file(person, events)
