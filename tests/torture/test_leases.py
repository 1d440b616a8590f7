"""A process sleeps for longer than its claims hold, and another takes over.

The sleeper neither sends nor marks what it had.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.delivery.smtp_script import At, hold
from tests.torture.daemons import until
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks
    from tests.torture.mail_sinks import Direct

LEASE = 2
LEDGER = "SELECT id, state, attempts, worker, changed, reply FROM deliveries"
IN_HAND = f"{LEDGER} WHERE state = 'sending'"


@pytest.mark.parametrize("connections", CONNECTIONS)
@pytest.mark.parametrize("when", [At.RCPT, At.END], ids=["before the message", "after the message"])
def test_who_slept_too_long_does_nothing_when_it_wakes(
    tmp_path: Path, forks: Forks, direct: Direct, server: SmtpServer, connections: int, when: At
) -> None:
    """Stopped with messages in hand, woken after another process sent everything.

    No message more, no row changed.

    What the relay took before comes twice, one message a connection; what it had not got yet does
    not. The defence is the time within which an attempt must end, looked at right before each byte,
    and marks that touch only claimed rows (seen to fail without either).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        READERS,
        port=direct.port,
        connections=connections,
        delivery=f'lease = "{LEASE}s"',
    )
    subscribed_site.queue()
    gate = threading.Event()
    server.script.at(when, hold(gate), skip=READERS // 3, times=connections)
    sleeper = forks.begin(subscribed_site)
    until(lambda: server.script.acted == connections)
    sleeper.signal(signal.SIGSTOP)
    while not subscribed_site.is_finished():
        assert forks.begin(subscribed_site).wait() == 0, forks.said()
        time.sleep(0.1)
    gate.set()
    messages, ledger = len(server.messages), subscribed_site.query(LEDGER)
    sleeper.signal(signal.SIGCONT)
    assert sleeper.wait() == 0, forks.said()
    server.wait_for_goodbyes()
    assert len(server.messages) == messages, "it sent something when it woke"
    assert subscribed_site.query(LEDGER) == ledger, "it marked something when it woke"
    found, allowed = subscribed_site.account(direct.taken()), connections if when is At.END else 0
    what = f"SIGSTOP past the lease at {when.upper()}, another takes over"
    record(Row("leases", what, connections, 1, READERS, found.lost, found.duplicates, allowed))
    assert found.lost == 0
    assert found.duplicates == allowed


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_who_wakes_does_not_mark_what_another_has_in_hand(
    tmp_path: Path, forks: Forks, direct: Direct, server: SmtpServer, connections: int
) -> None:
    """The sleeper's messages were claimed anew and are under way.

    Its own marks, however good, concern claims that are over.

    The defence is the number of the attempt and the worker's name in the marking statement (seen to
    fail without).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        READERS,
        port=direct.port,
        connections=connections,
        delivery=f'lease = "{LEASE}s"',
    )
    subscribed_site.queue()
    first, second = threading.Event(), threading.Event()
    server.script.at(At.END, hold(first), skip=READERS // 3, times=connections)
    sleeper = forks.begin(subscribed_site)
    until(lambda: server.script.acted == connections)
    sleeper.signal(signal.SIGSTOP)
    time.sleep(LEASE)
    server.script.at(At.RCPT, hold(second), times=connections)
    other = forks.begin(subscribed_site)
    until(lambda: server.script.acted == 2 * connections)
    ledger = subscribed_site.query(IN_HAND)
    first.set()
    sleeper.signal(signal.SIGCONT)
    time.sleep(LEASE / 4)
    assert len(ledger) == connections
    assert set(ledger) <= set(subscribed_site.query(LEDGER)), "it marked what the other has in hand"
    second.set()
    assert (sleeper.wait(), other.wait()) == (0, 0), forks.said()
    while not subscribed_site.is_finished():
        assert forks.begin(subscribed_site, ahead=120).wait() == 0, forks.said()
    found = subscribed_site.account(direct.taken())
    what = "SIGSTOP past the lease, woken while another has the same in hand"
    record(
        Row("leases", what, connections, 1, READERS, found.lost, found.duplicates, 2 * connections)
    )
    assert found.lost == 0
    assert found.duplicates <= 2 * connections


@pytest.mark.skipif(not LONG, reason="part of make torture")
@pytest.mark.parametrize("connections", CONNECTIONS)
def test_two_processes_that_fall_asleep_in_turn_send_everything(
    tmp_path: Path, forks: Forks, direct: Direct, connections: int
) -> None:
    """Both send at once and are stopped at random instants, for longer than their claims hold.

    Twice at most what was in hand.
    """
    chance, naps = random.Random(20260302), 8
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        READERS,
        port=direct.port,
        connections=connections,
        delivery=f'lease = "{LEASE}s"',
    )
    for _ in range(naps):
        subscribed_site.queue()
        one, other = forks.begin(subscribed_site), forks.begin(subscribed_site)
        time.sleep(chance.uniform(0.1, 1.0))
        one.signal(signal.SIGSTOP)
        time.sleep(chance.uniform(LEASE, LEASE + 1))
        one.signal(signal.SIGCONT)
        assert (one.wait(), other.wait()) == (0, 0), forks.said()
    while not subscribed_site.is_finished():
        assert forks.begin(subscribed_site).wait() == 0, forks.said()
        time.sleep(0.5)
    found = subscribed_site.account(direct.taken())
    what = "two processes send at once, one sleeps past its lease and goes on"
    record(
        Row(
            "leases",
            what,
            connections,
            naps,
            naps * READERS,
            found.lost,
            found.duplicates,
            naps * connections,
        )
    )
    assert found.lost == 0
    assert found.duplicates <= naps * connections
