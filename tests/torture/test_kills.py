"""The process that sends is killed: at random instants, and at every system call of one send."""

from __future__ import annotations

import random
import time
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.delivery.smtp_script import At, drop
from tests.torture.in_process_sender import InProcessSender
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS, scaled
from tests.torture.subscribed_site import Account, SubscribedSite
from tests.torture.tracing import CALLS, SHARE, let_go, need_tracing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.forks import Forks
    from tests.torture.mail_sinks import Direct, Inboxes, ThroughPostfix

KILLS = scaled(200, 5)
LIFE = 0.4
ROUNDS = 10
SETTLED = 11.0
"""Seconds after which a message in doubt is looked up."""


def kill_again_and_again(forks: Forks, subscribed_site: SubscribedSite, kills: int) -> int:
    """Kill whatever sends at random instants; give how many messages there were in all."""
    chance = random.Random(20260302)
    done = 0
    while done < kills:
        if not subscribed_site.subjects or subscribed_site.is_finished():
            subscribed_site.queue()
        sending = forks.begin(subscribed_site)
        if not sending.ends_within(chance.uniform(0, LIFE)):
            done += sending.kill()
        assert sending.wait() in {0, -9}, forks.said()
    return len(subscribed_site.subjects) * len(subscribed_site.readers)


def finish(
    forks: Forks, subscribed_site: SubscribedSite, inboxes: Inboxes, *, patient: bool = False
) -> None:
    """Let everything be sent; what is in doubt is looked up when its time has come."""
    ahead = 0.0
    for _ in range(ROUNDS):
        inboxes.settle()
        if subscribed_site.is_finished():
            return
        if subscribed_site.states()["unknown"]:
            # After random kills of the whole torture time really passes.
            ahead += 0.0 if patient else SETTLED
            time.sleep(SETTLED if patient else 0)
        assert forks.begin(subscribed_site, ahead=ahead).wait() == 0, forks.said()
    raise AssertionError(
        f"not finished: {subscribed_site.issue_states()} {subscribed_site.states()}"
    )


def log_of(inboxes: ThroughPostfix) -> str:
    """Configure looking up what is in doubt."""
    return f'on_uncertain = "reconcile"\nlog = "{inboxes.log}"'


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_a_process_killed_at_random_instants_loses_nobody(
    tmp_path: Path, forks: Forks, direct: Direct, connections: int
) -> None:
    """Everybody gets every issue.

    Twice at most what was in hand: one message a connection and kill.

    The defence is the claim, committed before the first command to the relay, and that nobody
    forgets it (seen to fail without either).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections
    )
    owed = kill_again_and_again(forks, subscribed_site, KILLS)
    finish(forks, subscribed_site, direct)
    found, allowed = subscribed_site.account(direct.taken()), KILLS * connections
    record(
        Row(
            "kills",
            "SIGKILL at random instants, resend",
            connections,
            KILLS,
            owed,
            found.lost,
            found.duplicates,
            allowed,
        )
    )
    assert found.lost == 0
    assert found.duplicates <= allowed


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_what_postfix_took_is_not_sent_again(
    tmp_path: Path, forks: Forks, through_postfix: ThroughPostfix, connections: int
) -> None:
    """Killed at random instants, with the relay's log to look in.

    Everybody gets every issue, and nobody twice.

    The defence is that nothing in doubt is sent again before the log was asked (seen to fail
    without).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        READERS,
        port=through_postfix.port,
        connections=connections,
        delivery=log_of(through_postfix),
    )
    owed = kill_again_and_again(forks, subscribed_site, KILLS)
    finish(forks, subscribed_site, through_postfix, patient=LONG)
    found = subscribed_site.account(through_postfix.taken())
    record(
        Row(
            "kills",
            "SIGKILL at random instants, reconcile (Postfix)",
            connections,
            KILLS,
            owed,
            found.lost,
            found.duplicates,
            0,
        )
    )
    assert found.lost == 0
    assert found.duplicates == 0


@pytest.mark.parametrize("connections", CONNECTIONS if LONG else (1,))
def test_a_process_killed_at_any_system_call_loses_nobody(
    tmp_path: Path, forks: Forks, direct: Direct, connections: int
) -> None:
    """Before each write to the disk and to the network, one after another.

    Everybody gets the issue, twice at most what was in hand.

    The defence is that claims and marks are on the disk when a commit returns (seen to fail
    without).
    """
    need_tracing()
    subscribed_site = SubscribedSite(
        tmp_path / "site", connections * 3, port=direct.port, connections=connections
    )
    kills, lost, duplicates = kill_at_each_call(forks, subscribed_site, direct, connections)
    owed, allowed = kills * connections * 3, kills * connections
    record(
        Row(
            "kills",
            "SIGKILL at each system call of one send, resend",
            connections,
            kills,
            owed,
            lost,
            duplicates,
            allowed,
        )
    )


@pytest.mark.parametrize("connections", CONNECTIONS if LONG else (1,))
def test_a_process_killed_at_any_system_call_sends_nothing_twice_that_the_log_has(
    tmp_path: Path, forks: Forks, through_postfix: ThroughPostfix, connections: int
) -> None:
    """The same with the relay's log to look in.

    Nobody gets it twice (seen to fail where what is in doubt is sent again at once).
    """
    need_tracing()
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        connections * 3,
        port=through_postfix.port,
        connections=connections,
        delivery=log_of(through_postfix),
    )
    kills, lost, duplicates = kill_at_each_call(forks, subscribed_site, through_postfix, 0)
    owed = kills * connections * 3
    record(
        Row(
            "kills",
            "SIGKILL at each system call of one send, reconcile (Postfix)",
            connections,
            kills,
            owed,
            lost,
            duplicates,
            0,
        )
    )


def kill_at_each_call(
    forks: Forks, subscribed_site: SubscribedSite, inboxes: Inboxes, allowed: int
) -> tuple[int, int, int]:
    """Send one issue again and again, killed a call later each time.

    Give kills, lost messages, duplicates.
    """
    subscribed_site.queue()
    subscribed_site.keep()
    kills = lost = duplicates = 0
    over: set[str] = set()
    for call, number in product(CALLS, range(1, 500)) if LONG else SHARE:
        if call in over:
            continue
        subscribed_site.bring_back()
        if (
            let_go(forks.begin(subscribed_site, waits=True), f"{call}:signal=SIGKILL:when={number}")
            == 0
        ):
            over.add(call)
            inboxes.taken()
            continue
        finish(forks, subscribed_site, inboxes)
        found = subscribed_site.account(inboxes.taken())
        assert found.lost == 0, (call, number)
        assert found.duplicates <= allowed, (call, number)
        kills, lost, duplicates = kills + 1, lost + found.lost, duplicates + found.duplicates
    assert kills >= scaled(80, len(SHARE))
    return kills, lost, duplicates


def test_an_issue_that_ended_in_doubt_goes_on_when_the_log_says_so(
    tmp_path: Path, direct: Direct, server: SmtpServer
) -> None:
    """Its last message was cut off.

    The issue is finished but for that, and the relay's log does not have it. It is sent once more.

    The defence is that the answer of the log begins the issue anew (seen to fail without).
    """
    log = tmp_path / "mail.log"
    log.touch()
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        3,
        port=direct.port,
        connections=1,
        delivery=f'on_uncertain = "reconcile"\nlog = "{log}"',
    )
    subscribed_site.queue()
    server.script.at(At.END, drop(), skip=2, times=1)
    with InProcessSender(subscribed_site) as sender:
        sender.send()
        assert (subscribed_site.issue_states(), subscribed_site.states()["unknown"]) == (
            ["sent"],
            1,
        )
        sender.later(seconds=SETTLED)
        sender.send()
    assert subscribed_site.is_finished()
    assert subscribed_site.account(direct.taken()) == Account(0, 0)
