"""Readers are forgotten, removed and suppressed in mid-conversation with the relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.app import now
from publisher.membership.steps import RequestOrigin
from publisher.subscribers.store import SubscriberStore
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.ways_of_leaving import Meddling
from tests.torture.in_process_sender import InProcessSender
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, READERS
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_script import Act
    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.mail_sinks import Direct

POINTS: tuple[tuple[At, Act | None], ...] = (
    (At.RCPT, None),
    (At.RCPT, say("451 4.3.0 later")),
    (At.DATA, None),
    (At.BODY, None),
    (At.END, None),
    (At.END, say("452 4.3.1 full")),
    (At.END, drop()),
    (At.END, drop(takes=True)),
)
"""When somebody goes, and what the relay does then instead of the usual."""


@pytest.mark.parametrize("connections", CONNECTIONS)
@pytest.mark.parametrize("way", ["forget", "remove", "suppress"])
def test_who_goes_at_any_point_gets_no_further_message_and_stops_nobody_elses(
    tmp_path: Path, direct: Direct, server: SmtpServer, connections: int, way: str
) -> None:
    """Every third reader goes while the relay is at one step of their message.

    It is the last they get, and all others have theirs once.

    The defence is that what is in hand has the reason why its reader is gone, and is skipped
    instead of put off (seen to fail without: ``rpartition`` of None at the next look, and nobody
    else's mail goes).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections
    )
    subscribed_site.queue()
    victims = {
        reader: POINTS[number % len(POINTS)]
        for number, reader in enumerate(subscribed_site.readers[::3])
    }
    gone: dict[str, int] = {}
    begun: dict[str, int] = {}
    with InProcessSender(subscribed_site) as sender:
        membership = sender.mail_services.membership

        def go(address: str) -> None:
            if way == "forget":
                membership.forget(address, now())
            elif way == "suppress":
                membership.suppress(address, now(), RequestOrigin("torture"))
            else:
                with sender.state.reading() as transaction:
                    person = SubscriberStore(transaction).subscriber(folded=address)
                assert person is not None
                membership.remove(person, now())

        def meddle(step: At, recipient: str) -> None:
            if step is At.RCPT:
                begun[recipient] = begun.get(recipient, 0) + 1
            if recipient in victims and recipient not in gone and step is victims[recipient][0]:
                gone[recipient] = begun[recipient]
                go(recipient)

        server.script = Meddling(meddle)
        for reader, (at, act) in victims.items():
            if act is not None:
                server.script.at(at, act, to=reader, times=1)
        sender.send_all()
        sender.later(hours=80)
        sender.send()
    taken = [recipient for recipient, _ in direct.taken()]
    others = set(subscribed_site.readers) - set(victims)
    lost, twice = len(others - set(taken)), len(taken) - len(set(taken))
    record(
        Row(
            "people",
            f"{way} at each step of their own message",
            connections,
            len(gone),
            len(others),
            lost,
            twice,
            0,
        )
    )
    assert len(gone) == len(victims)
    assert begun == {reader: gone.get(reader, 1) for reader in subscribed_site.readers}, (
        "a further message was begun"
    )
    assert (lost, twice) == (0, 0)
    assert sum(subscribed_site.states().values()) == READERS
    rows = subscribed_site.query(
        "SELECT reason FROM deliveries WHERE state IN ('skipped', 'cancelled')"
    )
    assert {reason for (reason,) in rows} == {
        {"forget": "forgotten", "remove": "removed", "suppress": "suppressed"}[way]
    }
