"""The disk of the state is full, or does not answer, in the middle of an issue.

What was sent is marked when there is room again.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.delivery.smtp_script import At, hold
from tests.torture.mounts import fill, small_disk
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, READERS, scaled
from tests.torture.subscribed_site import SubscribedSite
from tests.torture.tracing import let_go, need_tracing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks

STUCK = 1.5


@pytest.mark.parametrize("connections", CONNECTIONS)
@pytest.mark.parametrize("then", ["room again", "room after the claims", "killed"])
def test_a_full_disk_holds_sending_up_and_loses_nobody(
    tmp_path: Path, forks: Forks, server: SmtpServer, connections: int, then: str
) -> None:
    """Nothing is claimed while a mark is owed.

    With room again before the claims end nobody has it twice, else at most what was in hand.

    The defence is that the sender waits with what it owes, as long as its claims hold (seen to fail
    without).
    """
    with small_disk(tmp_path / "site" / "state", 16) as disk:
        lease = 'lease = "2s"' if then == "room after the claims" else ""
        subscribed_site = SubscribedSite(
            tmp_path / "site", READERS, port=server.port, connections=connections, delivery=lease
        )
        subscribed_site.queue()
        gate = threading.Event()
        server.script.at(At.RCPT, hold(gate), skip=READERS // 3)
        sending = forks.begin(subscribed_site)
        server.wait_for(At.RCPT, READERS // 3 + 1)
        filler = fill(disk)
        gate.set()
        time.sleep(STUCK)
        assert 0 < len(server.messages) - subscribed_site.states()["sent"] <= connections, (
            "nothing is claimed while a mark is owed"
        )
        if then == "killed":
            sending.kill()
        elif then == "room after the claims":
            assert sending.wait() == 3, "it ends with an error"
        filler.unlink()
        assert sending.wait() in {0, 3, -9}, forks.said()
        while not subscribed_site.is_finished():
            assert forks.begin(subscribed_site).wait() == 0, forks.said()
        server.wait_for_goodbyes()
        found = subscribed_site.account(
            (message.recipient, message.data) for message in server.messages
        )
    allowed = 0 if then == "room again" else connections
    record(
        Row(
            "disk",
            f"full, then {then}",
            connections,
            1,
            READERS,
            found.lost,
            found.duplicates,
            allowed,
        )
    )
    assert found.lost == 0
    assert found.duplicates <= allowed


FAULTS = {
    "ENOSPC at each write": ("pwrite64", "ENOSPC"),
    "EIO at each write": ("pwrite64", "EIO"),
    "EIO at each sync": ("fdatasync", "EIO"),
}


@pytest.mark.parametrize("connections", CONNECTIONS)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_disk_that_fails_for_a_moment_loses_nobody(
    tmp_path: Path, forks: Forks, server: SmtpServer, connections: int, fault: str
) -> None:
    """Whichever write or sync to the database fails, alone or with the next ten.

    What was in hand comes twice at most.

    The defence is a transaction for each commit, which the failure undoes as a whole.
    """
    need_tracing()
    call, error = FAULTS[fault]
    subscribed_site = SubscribedSite(
        tmp_path / "site", connections * 3, port=server.port, connections=connections
    )
    subscribed_site.queue()
    subscribed_site.keep()
    cases = lost = duplicates = 0
    for number in range(scaled(1, 24), scaled(60, 25)):
        subscribed_site.bring_back()
        before = len(server.messages)
        status = let_go(
            forks.begin(subscribed_site, waits=True),
            f"{call}:error={error}:when={number}..{number + number % 2 * 10}",
        )
        assert status in {0, 3}, forks.said()
        while not subscribed_site.is_finished():
            assert forks.begin(subscribed_site, ahead=900).wait() == 0, forks.said()
        server.wait_for_goodbyes()
        found = subscribed_site.account(
            (message.recipient, message.data) for message in server.messages[before:]
        )
        cases, lost, duplicates = cases + 1, lost + found.lost, duplicates + found.duplicates
        assert found.lost == 0, number
        assert found.duplicates <= connections, number
    record(
        Row(
            "disk",
            fault,
            connections,
            cases,
            cases * connections * 3,
            lost,
            duplicates,
            cases * connections,
        )
    )
