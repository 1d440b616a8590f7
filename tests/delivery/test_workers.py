"""Several machines.

A scheduler and workers as processes of their own, one PostgreSQL, one mail server that records.
"""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from publisher.delivery.models import DeliveryState
from publisher.delivery.workers.batches import Batch, QueueStatus
from publisher.newsletter.issue import IssueState
from tests.delivery.long_running import Program
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At, say
from tests.delivery.smtp_server import SmtpServer
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READERS = scaled(20_000, 700)
CONNECTIONS = 2
DELIVERY = 'queue = "procrastinate"\nlease = "5s"'


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that needs a moment for each message."""
    with SmtpServer() as running:
        running.script.at(At.END, say("250 2.0.0 taken", wait=0.02))
        yield running


@pytest.fixture
def several(tmp_path: Path, server: SmtpServer, postgres_url: str) -> Iterator[MailingSite]:
    """A site whose issues are sent by workers, by the clock on the wall."""
    made = MailingSite(
        tmp_path,
        server.port,
        delivery=DELIVERY,
        smtp=f"connections = {CONNECTIONS}",
        url=postgres_url,
    )
    made.now = datetime.now(UTC)
    with made as opened:
        yield opened


def senders(mailing_site: MailingSite) -> set[str]:
    """Return everybody who ever sent a message."""
    with mailing_site.state.engine.connect() as connection:
        return set(
            connection.execute(
                text("SELECT DISTINCT worker FROM deliveries WHERE worker <> ''")
            ).scalars()
        )


def test_three_workers_reach_everybody_although_one_is_killed_and_one_sleeps_past_its_lease(
    several: MailingSite, server: SmtpServer
) -> None:
    """Nobody is missed, and only what a dead or sleeping worker had in hand comes twice.

    One message for each of its connections.
    """
    config = several.site.config_file
    several.publish()
    with (
        Program("run", config) as run,
        Program("worker", config, "killed") as killed,
        Program("worker", config, "asleep") as asleep,
        Program("worker", config, "awake") as awake,
    ):
        for program, event in (
            (run, "watching"),
            (killed, "working"),
            (asleep, "working"),
            (awake, "working"),
        ):
            program.until_it_says(event)
        several.now = datetime.now(UTC)
        several.queue(readers=READERS)
        awake.until(lambda: len(senders(several)) == 3 and len(server.messages) >= 60)
        killed.signal(signal.SIGKILL)
        asleep.signal(signal.SIGSTOP)
        assert len(server.messages) < READERS, "two workers are lost in mid-issue"
        run.until(lambda: several.issue().state is IssueState.SENT)
        assert run.end() == awake.end() == 0
        asleep.signal(signal.SIGCONT)
        several.open.queue.follow(Batch.at(several.issue().key, 0), several.now)
        asleep.until(
            lambda: (
                several.open.queue.status() == QueueStatus(waiting=0, later=0, running=0, workers=1)
            )
        )
        assert asleep.end() == 0
    assert set(recipients(server)) == {row.address for row in several.deliveries()}
    assert len(recipients(server)) == READERS
    assert len(server.messages) - READERS <= 2 * CONNECTIONS
    assert several.states() == {DeliveryState.SENT: READERS}


def test_a_worker_that_is_told_to_end_finishes_what_it_has_in_hand(
    several: MailingSite, server: SmtpServer
) -> None:
    """SIGTERM (SIGHUP it only answers).

    Nothing is in doubt, nothing comes twice, and whoever works next finds the rest waiting.
    """
    with Program("worker", several.site.config_file) as worker:
        worker.until_it_says("working")
        several.queue(readers=120)
        worker.signal(signal.SIGHUP)
        server.wait_for_messages(20)
        assert worker.end() == 0
        assert worker.said("stopped")
    assert several.states() == {
        DeliveryState.SENT: len(server.messages),
        DeliveryState.QUEUED: 120 - len(server.messages),
    }
    assert several.open.queue.status() == QueueStatus(waiting=1, later=0, running=0, workers=0)
    server.script.clear()
    several.send()
    assert set(recipients(server).values()) == {1}
    assert several.states() == {DeliveryState.SENT: 120}
