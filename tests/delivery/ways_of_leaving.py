"""People who are forgotten, removed, suppressed, or leave while their messages are on their way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import MessageKind
from publisher.membership.steps import RequestOrigin
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Purpose
from tests.delivery.mailing_site import MailingSite
from tests.delivery.smtp_script import At, Script, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from publisher.delivery.claim_store import ClaimStore
    from publisher.delivery.models import Claim, Delivery
    from tests.delivery.mailing_site import MailingSite
    from tests.delivery.smtp_script import Act, At
    from tests.delivery.smtp_server import SmtpServer

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
    membership = mailing_site.mail_services.membership
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
        """Return what the server does now."""
        self.meddle(step, recipient)
        return super().act(step, recipient)


ADA = "reader1@example.com"
"""One of nine; her row is not the first."""
LATER = say(f"451 4.3.0 <{ADA}>: not now")
every_way = pytest.mark.parametrize("way", WAYS)
everywhere = pytest.mark.parametrize(
    ("single", "way"),
    [*(("sqlite", way) for way in WAYS), ("postgresql", "forget"), ("postgresql", "suppress")],
    indirect=["single"],
)
both = pytest.mark.parametrize("single", ["sqlite", "postgresql"], indirect=True)


def claim(mailing_site: MailingSite, store: ClaimStore, row: Delivery, worker: str) -> Claim:
    """Claim one message, for five minutes."""
    with store.ledger() as ledger:
        found = (
            ledger.letters(mailing_site.now, 100)
            if row.issue is None
            else ledger.messages(row.issue, row.state, mailing_site.now)
        )
        wanted = {one.key: (one, one.message_id or "<a@b>") for one in found if one.key == row.key}
        (claimed,) = ledger.claim(
            wanted, worker, mailing_site.now, mailing_site.now + timedelta(minutes=5), 1e12
        )
    return claimed


def hers(mailing_site: MailingSite, before: list[Delivery]) -> Delivery:
    """Return her row of the issue as it is now, told by what the ledger had before."""
    key = next(row.key for row in before if row.address == ADA and row.kind is MessageKind.ISSUE)
    return next(row for row in mailing_site.deliveries() if row.key == key)


def check_traces(mailing_site: MailingSite, way: str) -> None:
    """See that nothing names who was forgotten or removed."""
    if way not in NAMELESS:
        return
    with mailing_site.state.engine.connect() as connection:
        for table in ("deliveries", "subscribers", "signups", "subscriber_events"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert not [row for row in rows if any(ADA in str(value).lower() for value in row)], (
                table
            )


def meddled(
    mailing_site: MailingSite, server: SmtpServer, way: str, at: At, act: Act | None
) -> list[str]:
    """Let her go when the server is at a step of her conversation, and do this there, once.

    Give the steps that came afterwards.
    """
    seen: list[str] = []

    def meddle(step: At, recipient: str) -> None:
        if recipient == ADA and seen:
            seen.append(str(step))
        if recipient == ADA and step is at and not seen:
            let_go(mailing_site, way, ADA)
            seen.append("gone")

    server.script = Meddling(meddle)
    if act is not None:
        server.script.at(at, act, to=ADA, times=1)
    return seen
