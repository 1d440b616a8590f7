"""The real commands while people edit, pause and cancel, and several on one site at once."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import feedparser
import httpx
import pytest

from publisher.app import now
from tests.conftest import ROOT
from tests.delivery.smtp_script import At, hold
from tests.torture.daemons import free_port, publisher, running, until, words
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, LONG, READERS, scaled
from tests.torture.subscribed_site import SubscribedSite, instant, subject_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.torture.mail_sinks import Direct

CLAIMED = "SELECT id FROM deliveries WHERE kind = 'issue' AND attempts > 0"
LAST_CLAIM = "SELECT max(attempted) FROM deliveries WHERE kind = 'issue'"
OPEN_LIMITS = "[limits]\nper_network = 100000\nunsigned = 100000\ntotal = 100000\n"


def titles(subscribed_site: SubscribedSite) -> set[str]:
    """Return the titles that the feed shows."""
    return {
        entry.title
        for entry in feedparser.parse(
            (subscribed_site.folder / "public" / "feed.xml").read_bytes()
        ).entries
    }


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_whatever_becomes_of_a_post_its_issue_stays_as_it_was_frozen(
    tmp_path: Path, direct: Direct, server: SmtpServer, connections: int
) -> None:
    """Edited, renamed, un-published and deleted in the middle of the send, each seen by the daemon.

    Everybody gets the first words.

    A second daemon ends with 3 meanwhile. The defences are that messages are made from the issue,
    never from the post, and the lock of ``run`` (seen to fail without either).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections
    )
    with running(subscribed_site):
        gates = [threading.Event() for _ in range(4)]
        for number, gate in reversed(list(enumerate(gates, 1))):
            server.script.at(At.RCPT, hold(gate), skip=number * READERS // 5, times=connections)
        path = subscribed_site.write("Harbour lights")
        server.wait_for(At.RCPT, READERS // 5 + 1, 60)
        assert publisher(subscribed_site, "run").returncode == 3
        subscribed_site.write("Harbour lights", words="Other words.")
        until(
            lambda: b"Other words." in (subscribed_site.folder / "public" / "feed.xml").read_bytes()
        )
        gates[0].set()
        path = path.rename(path.with_name("renamed.md"))
        gates[1].set()
        path.write_text(
            path.read_text("utf-8").replace("---\ntitle", "---\ndraft: true\ntitle"), "utf-8"
        )
        until(lambda: "Harbour lights" not in titles(subscribed_site))
        gates[2].set()
        path.unlink()
        gates[3].set()
        until(lambda: subscribed_site.is_finished("Harbour lights"), 60)
    taken = direct.taken()
    found = subscribed_site.account(taken)
    assert all(b"These are the words." in data and b"Other words." not in data for _, data in taken)
    record(
        Row(
            "people",
            "post edited, renamed, un-published, deleted",
            connections,
            4,
            READERS,
            found.lost,
            found.duplicates,
            0,
        )
    )
    assert (found.lost, found.duplicates) == (0, 0)


def is_claimed(subscribed_site: SubscribedSite, more_than: int) -> bool:
    """Return whether more messages than so many were claimed."""
    return len(subscribed_site.query(CLAIMED)) > more_than


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_nobody_is_claimed_after_an_issue_was_paused_or_cancelled(
    tmp_path: Path, direct: Direct, connections: int
) -> None:
    """By the command line, in the middle of the send.

    Once the command has returned no message is claimed; who was claimed gets it.

    The defence is that the claiming statement itself asks for the issue's state (seen to fail
    without).
    """
    pauses, rate = scaled(5, 1), scaled(30, 5)
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        READERS,
        port=direct.port,
        connections=connections,
        smtp=f"per_second = {rate}",
    )
    with running(subscribed_site):
        subscribed_site.write("Harbour lights")
        for number in range(pauses + 1):
            enough = number * READERS // (pauses + 3) if LONG else 0
            until(partial(is_claimed, subscribed_site, enough), 60)
            key = subscribed_site.key_of("Harbour lights")
            done = publisher(
                subscribed_site, "issues", "pause" if number < pauses else "cancel", key
            )
            returned, claimed = now(), subscribed_site.query(CLAIMED)
            assert done.returncode == 0, done.stderr
            assert len(claimed) < READERS, "it was over before the command came"
            time.sleep(1)
            assert subscribed_site.query(CLAIMED) == claimed
            assert instant(subscribed_site.query(LAST_CLAIM)[0][0]) <= returned
            if number < pauses and LONG:
                assert publisher(subscribed_site, "issues", "resume", key).returncode == 0
        states = subscribed_site.states()
    taken = direct.taken()
    assert states == {"sent": len(claimed), "cancelled": READERS - len(claimed)}
    assert Counter(recipient for recipient, _ in taken).total() == len(set(taken)) == len(claimed)
    record(
        Row(
            "people",
            "issues pause, resume and cancel in the middle",
            connections,
            pauses + 1,
            len(claimed),
            0,
            0,
            0,
        )
    )


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_two_processes_deliver_each_letter_once(
    tmp_path: Path, direct: Direct, connections: int
) -> None:
    """``run`` and ``serve`` on one site take requests to subscribe and mail at once.

    One confirm mail for each address, and every issue.

    The defence is that the claiming statement takes only what nobody has (seen to fail without).
    """
    strangers, ports = scaled(1000, 30), (free_port(), free_port())
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections, more=OPEN_LIMITS
    )
    with (
        running(subscribed_site, "run", ports[0]),
        running(subscribed_site, "serve", ports[1]),
        httpx.Client(timeout=60) as client,
    ):
        subscribed_site.write("Harbour lights")

        def ask(number: int) -> int:
            fields = {"email": f"stranger{number // 2}@example.net"}
            return client.post(
                f"http://127.0.0.1:{ports[number % 2]}/subscribe", data=fields
            ).status_code

        asked = 0
        while (
            len(
                subscribed_site.query(
                    "SELECT DISTINCT worker FROM deliveries WHERE kind = 'transactional'"
                )
            )
            < 2
        ):
            assert asked < 50 * strangers, "only one of them delivers letters"
            with ThreadPoolExecutor(4) as pool:
                assert set(pool.map(ask, range(asked * 2, (asked + strangers) * 2))) == {303}
            asked += strangers
            until(lambda: not subscribed_site.query("SELECT id FROM signups"), 120)
            until(
                lambda: (
                    not subscribed_site.query(
                        "SELECT id FROM deliveries WHERE state IN ('queued', 'sending', 'deferred')"
                    )
                ),
                120,
            )
        until(lambda: subscribed_site.is_finished("Harbour lights"), 120)
    taken = direct.taken()
    letters = Counter(
        recipient for recipient, data in taken if subject_of(data) != "Harbour lights"
    )
    found = subscribed_site.account(
        (recipient, data) for recipient, data in taken if subject_of(data) == "Harbour lights"
    )
    lost, duplicates = (
        asked - len(letters) + found.lost,
        letters.total() - len(letters) + found.duplicates,
    )
    record(
        Row(
            "processes",
            "run and serve deliver letters beside an issue",
            connections,
            1,
            asked + READERS,
            lost,
            duplicates,
            0,
        )
    )
    assert (lost, duplicates) == (0, 0)


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_run_once_killed_again_and_again_finishes_in_the_end(
    tmp_path: Path, direct: Direct, connections: int
) -> None:
    """The line for cron, killed at random instants, until one is let through: nobody is lost.

    The defence is the same as for the sender alone, and one transaction for the change, the
    announcement and the issue.
    """
    kills, chance = scaled(20, 1), random.Random(20260302)
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections
    )
    subscribed_site.publish()
    for number in range(kills):
        if (
            len(subscribed_site.issue_states()) == len(subscribed_site.subjects)
            and subscribed_site.is_finished()
        ):
            subscribed_site.write(f"Letter {number}")
        with subprocess.Popen(
            words(subscribed_site, "run", "--once"), cwd=ROOT, stdout=subprocess.DEVNULL
        ) as process:
            try:
                process.wait(chance.uniform(1, 4))
            except subprocess.TimeoutExpired:
                process.kill()
    done = publisher(subscribed_site, "run", "--once")
    assert done.returncode == 0, done.stderr
    assert subscribed_site.is_finished(), subscribed_site.states()
    owed, found = len(subscribed_site.subjects) * READERS, subscribed_site.account(direct.taken())
    record(
        Row(
            "kills",
            "SIGKILL of run --once, resend",
            connections,
            kills,
            owed,
            found.lost,
            found.duplicates,
            kills * connections,
        )
    )
    assert found.lost == 0
    assert found.duplicates <= kills * connections
