"""What a worker does with a batch, and ``run`` looks after, with a real server and database."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.app import open_worker
from publisher.database.site_state import SiteStateStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.rate_limits import RelayPause
from publisher.delivery.throttle import RELAY_NOTE
from publisher.delivery.workers.batches import SIZE, QueueStatus
from publisher.errors import ConfigError
from publisher.newsletter.issue import HoldReason, IssueState
from tests.commands import publisher
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At, say
from tests.issues.batches import batches, overseer, run_sql, scheduled, working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer


SENT, QUEUED, DEFERRED = DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.DEFERRED


@pytest.fixture
def several(tmp_path: Path, server: SmtpServer, postgres_url: str) -> Iterator[MailingSite]:
    """A site whose issues are sent by workers."""
    with MailingSite(
        tmp_path, server.port, delivery='queue = "procrastinate"', url=postgres_url
    ) as opened:
        yield opened


def test_a_worker_sends_the_messages_of_its_batch_and_no_others(
    several: MailingSite, server: SmtpServer
) -> None:
    """Two batches, one after the other: each reader once.

    That the issue is finished is told by ``run``.
    """
    several.queue(readers=SIZE + 10)
    first, second = batches(several)
    with working(several) as worker:
        stats = worker.work(first)
        assert stats is not None
        assert several.issue().state is IssueState.SENDING
        assert 0 < stats.handed < SIZE + 10
        assert {row.key for row in several.deliveries() if row.state is SENT} == {
            row.key for row in several.deliveries() if first.after < row.key <= first.until
        }
        assert worker.work(first) is not None, "a job that is done twice finds nothing left"
        worker.work(second)
    assert set(recipients(server).values()) == {1}
    assert len(recipients(server)) == SIZE + 10
    assert several.issue().state is IssueState.SENDING
    assert [done.issue.state for done in several.mail_services.progress.finish(several.now)] == [
        IssueState.SENT
    ]


def test_run_sends_no_issue_itself_and_begins_what_was_queued(
    several: MailingSite, server: SmtpServer
) -> None:
    """It looks after the workers.

    An issue without readers is finished at once, one with readers waits for them.
    """
    several.publish()
    empty = several.queue(readers=0, title="To nobody")
    full = several.queue(readers=3)
    done = overseer(several).oversee(several.now)
    assert [one.issue.key for one in done] == [empty.key]
    assert several.issue().key == full.key
    assert several.issue().state is IssueState.SENDING
    assert not server.messages


def test_what_is_put_off_gets_a_job_for_when_it_is_due(
    several: MailingSite, server: SmtpServer
) -> None:
    """The far side says "later": the batch is looked at again then, and everybody gets it once."""
    server.script.at(At.RCPT, say("451 4.3.0 later"), to="example.com")
    several.queue(readers=9)
    (batch,) = batches(several)
    run_sql(several, "DELETE FROM procrastinate_jobs")
    with working(several) as worker:
        worker.work(batch)
        assert several.states() == {SENT: 6, DEFERRED: 3}
        waiting = [row.due for row in several.deliveries() if row.state is DEFERRED]
        assert scheduled(several) == [min(waiting)]
        server.script.clear()
        several.now = max(waiting)
        worker.work(batch)
    assert several.states() == {SENT: 9}
    assert set(recipients(server).values()) == {1}


def test_a_worker_rests_while_the_relay_takes_nothing(
    several: MailingSite, server: SmtpServer
) -> None:
    """Its batch gets a job for the next try, it takes no other, and being told to end wakes it."""
    server.script.at(At.CONNECT, say("421 4.3.2 closed", leaves=True))
    several.queue(readers=9)
    (batch,) = batches(several)
    run_sql(several, "DELETE FROM procrastinate_jobs")
    with working(several) as worker:
        thread = threading.Thread(target=worker.work, args=(batch,))
        thread.start()
        while not scheduled(several):
            time.sleep(0.02)
        with several.state.reading() as transaction:
            pause = RelayPause.loads(SiteStateStore(transaction).note(RELAY_NOTE))
        assert pause is not None
        assert scheduled(several) == [pause.again]
        thread.join(0.3)
        assert thread.is_alive()
        worker.ending.set()
        thread.join(5)
        assert not thread.is_alive()
    assert several.states() == {QUEUED: 9}


def test_a_worker_that_ends_leaves_the_rest_to_others_at_once(
    several: MailingSite, server: SmtpServer
) -> None:
    """What is in hand is finished.

    The batch has a job again before the worker's own one is done.
    """
    several.queue(readers=40)
    (batch,) = batches(several)
    run_sql(several, "DELETE FROM procrastinate_jobs")
    with working(several) as worker:
        server.script.at(At.END, say("250 2.0.0 taken", wait=0.05))
        thread = threading.Thread(target=worker.work, args=(batch,))
        thread.start()
        server.wait_for(At.END, 8)
        worker.ending.set()
        thread.join(10)
    assert several.states().keys() == {SENT, QUEUED}
    assert several.states()[SENT] == len(server.messages)
    assert scheduled(several) == [several.now]


def test_a_worker_leaves_alone_what_run_must_look_at_first(
    several: MailingSite, server: SmtpServer
) -> None:
    """A copy of the database, another server's, an issue found long after it was queued.

    Nothing goes until ``run`` dealt with it.
    """
    several.queue(readers=3)
    (batch,) = batches(several)
    with several.state.reading() as transaction:
        memory = SiteStateStore(transaction).memory()
    with working(several) as worker:
        for changed in (replace(memory, is_copy=True), replace(memory, identity="7/8")):
            with several.state.transaction() as transaction:
                SiteStateStore(transaction).save_site_state(changed)
            assert worker.work(batch) is None
        with several.state.transaction() as transaction:
            SiteStateStore(transaction).save_site_state(memory)
        several.later(days=8)
        assert worker.work(batch) is None
        assert not server.messages
        assert several.issue().state is IssueState.QUEUED
        several.open.publisher().publish_once(several.now)
        assert (several.issue().state, several.issue().reason) == (
            IssueState.HELD,
            HoldReason.STALE,
        )
        assert worker.work(batch) is None


def test_an_issue_that_is_merely_slow_goes_on(several: MailingSite, server: SmtpServer) -> None:
    """Some of it went: the rest goes however long it takes."""
    several.queue(readers=30)
    (batch,) = batches(several)
    with working(several) as worker:
        server.script.at(At.RCPT, say("451 4.3.0 later"), to="example.com")
        worker.work(batch)
        server.script.clear()
        several.later(days=8)
        worker.work(batch)
    assert several.states() == {SENT: 30}


def test_what_a_person_stopped_has_jobs_again_when_they_let_it_go_on(
    several: MailingSite, server: SmtpServer
) -> None:
    """Pause: a worker finds nothing to do. Resume and retry queue jobs in the same transaction."""
    server.script.at(At.RCPT, say("550 5.7.1 blocked"), to="example.com")
    issue = several.queue(readers=9)
    (batch,) = batches(several)
    several.outgoing.pause(issue.key)
    run_sql(several, "DELETE FROM procrastinate_jobs")
    with working(several) as worker:
        assert worker.work(batch) is None
        several.outgoing.resume(issue.key)
        assert batches(several) == [batch]
        run_sql(several, "DELETE FROM procrastinate_jobs")
        worker.work(batch)
        assert several.states() == {SENT: 6, DeliveryState.FAILED: 3}
        assert batches(several) == []
        server.script.clear()
        several.mail_services.progress.finish(several.now)
        several.outgoing.retry(issue.key, several.now, sends=True)
        assert batches(several) == [batch]
        worker.work(batch)
    assert several.states() == {SENT: 9}


def test_a_message_in_doubt_that_is_to_be_sent_again_has_a_job(
    several: MailingSite, server: SmtpServer
) -> None:
    """Whoever resolves it need not know who sends it."""
    several.queue(readers=3)
    (batch,) = batches(several)
    with working(several) as worker:
        worker.work(batch)
    several.mail_services.progress.finish(several.now)
    run_sql(several, "DELETE FROM procrastinate_jobs")
    row = several.deliveries()[0]
    run_sql(several, "UPDATE deliveries SET state = 'unknown' WHERE id = :id", id=row.key)
    several.outgoing.resolve([row.key], DEFERRED, several.now)
    assert batches(several) == [batch]
    assert several.issue().state is IssueState.QUEUED
    assert len(server.messages) == 3


def test_messages_without_a_job_are_found(several: MailingSite) -> None:
    """A job was lost, or claims were taken over when the batch's own job was done.

    What is due gets one, once no job waits any more.
    """
    several.queue(readers=SIZE + 10)
    both, watch = batches(several), overseer(several)
    run_sql(
        several,
        "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs)",
    )
    assert watch.sweep(several.now) == 0
    assert len(batches(several)) == 1
    run_sql(several, "UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    assert watch.sweep(several.now) == 1
    assert batches(several) == both
    assert several.open.queue.status() == QueueStatus(waiting=1, later=1, running=0, workers=0)


def test_status_says_how_many_batches_wait_and_warns_when_nobody_works(
    several: MailingSite,
) -> None:
    """Nothing is sent until somebody starts a worker: the command that does it is named."""
    several.queue(readers=3)
    said = publisher("status", "-c", several.site.config_file).stdout
    assert "batches waiting 1, for later 0, under way 0; workers 0" in said
    assert "no worker works" in said
    assert "publisher worker" in said
    run_sql(
        several,
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')",
    )
    told = publisher("status", "--json", "-c", several.site.config_file).stdout
    assert json.loads(told)["queue"] == {"waiting": 1, "later": 0, "running": 0, "workers": 1}


def test_a_worker_beside_a_run_that_sends_by_itself_is_an_error(tmp_path: Path) -> None:
    """It would never have anything to do."""
    with MailingSite(tmp_path) as mailing_site, pytest.raises(ConfigError, match="embedded"):
        open_worker(mailing_site.config, threading.Event())
