"""People who are forgotten, removed, suppressed, or leave while their messages are on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.membership.service import RequestOrigin
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Purpose
from tests.delivery.smtp_script import Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.mailing_site import MailingSite
    from tests.delivery.smtp_script import Act, At

WAYS = ("forget", "remove", "suppress", "leave")
REASONS = {
    "forget": "forgotten",
    "remove": "removed",
    "suppress": "suppressed",
    "leave": "unsubscribed",
}
NAMELESS = frozenset({"forget", "remove"})
"""Afterwards no row of the ledger has the address."""
_OPERATOR = RequestOrigin("test")


def let_go(mailing_site: MailingSite, way: str, address: str) -> None:
    """Let somebody go in one of these ways, by the same calls as commands and pages."""
    membership = mailing_site.room.membership
    if way == "forget":
        membership.forget(address, mailing_site.now)
    elif way == "suppress":
        membership.suppress(address, mailing_site.now, _OPERATOR)
    else:
        with mailing_site.state.reading() as transaction:
            person = SubscriberStore(transaction).subscriber(folded=address)
        if person is not None and way == "remove":
            membership.remove(person, mailing_site.now)
        elif person is not None:
            membership.leave(
                membership.keyring.sign(Purpose.UNSUBSCRIBE, person.public, mailing_site.now),
                mailing_site.now,
                _OPERATOR,
            )


class Meddling(Script):
    """A script under which something else happens first, in the middle of a conversation.

    Attributes:
        meddle: Is told the step and whom the message in hand is for, before the server answers.
    """

    def __init__(self, meddle: Callable[[At, str], None]) -> None:
        super().__init__()
        self.meddle = meddle

    def act(self, step: At, recipient: str) -> Act | None:
        """Give what the server does now."""
        self.meddle(step, recipient)
        return super().act(step, recipient)
