"""A process sleeps for longer than its claims hold, and another takes over: the sleeper neither sends nor marks what it had."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS, scaled
from tests.torture.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks, Sending
    from tests.torture.inboxes import Direct

LEASE = scaled(2, 1)
LEDGER = "SELECT id, state, attempts, worker, changed, reply FROM deliveries ORDER BY id"


def stop_between_transactions(sending: Sending, stage: Stage) -> None:
    """Stop a process while it does not hold the database: with SQLite nobody could take over then."""
    sending.signal(signal.SIGSTOP)
    while stage.is_locked():
        sending.signal(signal.SIGCONT)
        time.sleep(0.001)
        sending.signal(signal.SIGSTOP)


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_who_slept_too_long_does_nothing_when_it_wakes(
    tmp_path: Path, forks: Forks, direct: Direct, server: SmtpServer, connections: int
) -> None:
    """Stopped in the middle, woken after another process did everything: no message more, no row changed; twice at most what was in hand.

    The defences are the time within which an attempt must end, and marks that name the claim they belong to.
    """
    stage = Stage(tmp_path / "site", READERS, port=direct.port, connections=connections, delivery=f'lease = "{LEASE}s"')
    stage.queue()
    sleeper = forks.begin(stage)
    server.wait_for_messages(READERS // 3)
    stop_between_transactions(sleeper, stage)
    while not stage.is_finished():
        assert forks.begin(stage).wait() == 0, forks.said()
        time.sleep(0.1)
    messages, ledger = len(server.messages), stage.query(LEDGER)
    sleeper.signal(signal.SIGCONT)
    assert sleeper.wait() == 0, forks.said()
    server.wait_for_goodbyes()
    assert len(server.messages) == messages, "it sent something when it woke"
    assert stage.query(LEDGER) == ledger, "it marked something when it woke"
    found = stage.account(direct.taken())
    what = "SIGSTOP past the lease while another process takes over"
    record(Row("leases", what, connections, 1, READERS, found.lost, found.duplicates, connections))
    assert found.lost == 0
    assert found.duplicates <= connections


@pytest.mark.skipif(not LONG, reason="part of make torture")
@pytest.mark.parametrize("connections", CONNECTIONS)
def test_two_processes_that_fall_asleep_in_turn_send_everything(tmp_path: Path, forks: Forks, direct: Direct, connections: int) -> None:
    """Both send at once and are stopped at random instants, for longer than their claims hold: twice at most what was in hand."""
    chance, naps = random.Random(20260302), 8
    stage = Stage(tmp_path / "site", READERS, port=direct.port, connections=connections, delivery=f'lease = "{LEASE}s"')
    for _ in range(naps):
        stage.queue()
        one, other = forks.begin(stage), forks.begin(stage)
        time.sleep(chance.uniform(0.1, 1.0))
        one.signal(signal.SIGSTOP)
        time.sleep(chance.uniform(LEASE, LEASE + 1))
        one.signal(signal.SIGCONT)
        assert (one.wait(), other.wait()) == (0, 0), forks.said()
    while not stage.is_finished():
        assert forks.begin(stage).wait() == 0, forks.said()
        time.sleep(0.5)
    found = stage.account(direct.taken())
    what = "two processes send at once, one sleeps past its lease and goes on"
    record(Row("leases", what, connections, naps, naps * READERS, found.lost, found.duplicates, naps * connections))
    assert found.lost == 0
    assert found.duplicates <= naps * connections
