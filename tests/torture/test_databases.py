"""The database goes away in the middle of a send and comes back.

Locked by somebody, or restarted.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.models import DeliveryState
from publisher.errors import StateError
from publisher.subscribers.models import Signup
from tests.delivery.mailing_site import MailingSite, recipients
from tests.torture.in_process_sender import InProcessSender
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, READERS, scaled
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer
    from tests.postgres import Restartable
    from tests.torture.mail_sinks import Direct

LOCKED = scaled(35, 1)
"""Seconds that somebody holds the database: in the whole torture longer than SQLite itself waits
for it (30)."""
LETTERS = scaled(3000, 150)
RESTARTS = scaled(6, 2)


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_a_database_that_is_locked_for_a_while_costs_nobody_anything(
    tmp_path: Path, direct: Direct, server: SmtpServer, connections: int
) -> None:
    """What was handed over meanwhile is marked as soon as it can be.

    Nobody is lost, and nobody has it twice.

    The defence is that a mark that cannot be written is owed for as long as its claim holds (seen
    to fail without: twice).
    """
    subscribed_site = SubscribedSite(
        tmp_path / "site", READERS, port=direct.port, connections=connections
    )
    subscribed_site.queue()
    locked = threading.Event()

    def lock() -> None:
        server.wait_for_messages(READERS // 3)
        with closing(
            sqlite3.connect(subscribed_site.folder / "state" / "publisher.db", timeout=60)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(LOCKED)
            connection.rollback()

    other = threading.Thread(target=lock)
    other.start()
    with InProcessSender(subscribed_site) as sender:
        while not subscribed_site.is_finished():
            try:
                sender.send()
            except StateError:
                continue
    other.join()
    assert locked.is_set()
    found = subscribed_site.account(direct.taken())
    record(
        Row(
            "database",
            f"SQLite locked for {LOCKED} s",
            connections,
            1,
            READERS,
            found.lost,
            found.duplicates,
            0,
        )
    )
    assert (found.lost, found.duplicates) == (0, 0)


@pytest.mark.parametrize("connections", CONNECTIONS)
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_is_restarted_costs_nobody_anything(
    tmp_path: Path, server: SmtpServer, restartable: Restartable, connections: int, how: str
) -> None:
    """Confirm mails, each made from the database, while PostgreSQL ends and comes back.

    Everybody has theirs once, none has failed.

    The defence is that only a message that can never be made fails (seen to fail without: some end
    as "no message can be made").
    """
    with MailingSite(
        tmp_path / "site", server.port, url=restartable.url, smtp=f"connections = {connections}"
    ) as mailing_site:
        for number in range(LETTERS):
            mailing_site.mail_services.membership.ask(
                Signup(
                    f"reader{number}@example{number % 50}.org", mailing_site.now, "web form", "", ""
                )
            )
        while mailing_site.mail_services.membership.process_requests(mailing_site.now):
            pass
        ended, restarted = threading.Event(), list[int]()

        def restart() -> None:
            try:
                for number in range(RESTARTS):
                    server.wait_for_messages((number + 1) * LETTERS // (RESTARTS + 2), 300)
                    restartable.restart(how)
                    restarted.append(number)
            finally:
                ended.set()

        other = threading.Thread(target=restart)
        other.start()
        while not ended.is_set() or set(_states(mailing_site)) != {DeliveryState.SENT}:
            try:
                mailing_site.send()
            except StateError:
                # As the daemon does: it tries again, and time passes.
                time.sleep(0.2)
            mailing_site.later(minutes=2)
        other.join()
    assert len(restarted) == RESTARTS
    got = recipients(server)
    lost, twice = LETTERS - len(got), got.total() - len(got)
    record(
        Row(
            "database",
            f"PostgreSQL restarted ({how}) under confirm mails",
            connections,
            RESTARTS,
            LETTERS,
            lost,
            twice,
            0,
        )
    )
    assert (lost, twice) == (0, 0)


def _states(mailing_site: MailingSite) -> set[DeliveryState]:
    try:
        states = set(mailing_site.states())
    except StateError:
        return set()
    assert DeliveryState.FAILED not in states
    return states
