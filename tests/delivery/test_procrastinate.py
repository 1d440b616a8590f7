"""The queue of jobs in PostgreSQL.

In the transaction of the messages, once for each batch, in tables that are made once.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from publisher.database.database import Database
from publisher.database.site_state import SiteStateStore
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.workers.batches import SIZE, Batch, QueueStatus
from publisher.delivery.workers.procrastinate import JobQueue
from publisher.delivery.workers.queue import open_queue
from publisher.delivery.workers.store import BatchStore
from publisher.errors import StateError
from publisher.newsletter.issue import IssueState
from tests.delivery.concurrent_senders import send_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


BATCH = Batch.at(1, 0)


@pytest.fixture
def state(postgres_url: str, tmp_path: Path) -> Iterator[Database]:
    """A fresh state on PostgreSQL with a queue of jobs."""
    opened = Database.open(tmp_path / "state", postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def queue(state: Database) -> JobQueue:
    """The queue of jobs in it."""
    opened = open_queue("procrastinate", state)
    assert isinstance(opened, JobQueue)
    return opened


def jobs(state: Database) -> dict[str, datetime | None]:
    """Return when each job is to be done, by the batch it is about."""
    with state.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT queueing_lock, scheduled_at FROM procrastinate_jobs ORDER BY id")
        ).all()
    assert len({row.queueing_lock for row in rows}) == len(rows)
    return {row.queueing_lock: row.scheduled_at for row in rows}


def test_messages_and_their_jobs_are_committed_together(state: Database, queue: JobQueue) -> None:
    """Each row of the ledger is in a batch that has a job, and nobody else's rows are."""
    issue = send_to(state, 2 * SIZE + 5)
    with state.reading() as transaction:
        keys = [
            row.key for row in ProgressStore(transaction).list_deliveries(issue=issue, most=10_000)
        ]
    batches = queue.known()
    assert all(any(batch.after < key <= batch.until for batch in batches) for key in keys)
    assert {batch.issue for batch in batches} == {issue}
    assert queue.status() == QueueStatus(waiting=3, later=0, running=0, workers=0)
    with state.reading() as transaction:
        assert set(BatchStore(transaction).due_batches(datetime.now(UTC))) == batches


def test_without_the_messages_there_is_no_job(state: Database, queue: JobQueue) -> None:
    """What is rolled back was never heard of."""

    def fail() -> None:
        with state.transaction() as transaction:
            queue.defer(transaction.connection, [BATCH])
            assert (
                transaction.connection.execute(
                    text("SELECT count(*) FROM procrastinate_jobs")
                ).scalar()
                == 1
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert jobs(state) == {}


def test_a_job_for_later_gives_way_to_one_for_now(state: Database, queue: JobQueue) -> None:
    """Whoever resumes an issue does not wait for the relay's pause to end.

    One that waits already is enough.
    """
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    queue.follow(BATCH, tomorrow)
    queue.follow(BATCH, tomorrow - timedelta(hours=1))
    assert list(jobs(state).values()) == [tomorrow], "the first word counts"
    for _ in range(2):
        with state.transaction() as transaction:
            queue.defer(transaction.connection, [BATCH, Batch.at(1, 1)])
    assert list(jobs(state).values()) == [None, None]
    assert queue.status() == QueueStatus(waiting=2, later=0, running=0, workers=0)


def test_a_job_that_another_transaction_adds_at_the_same_time_is_no_error(
    state: Database, queue: JobQueue
) -> None:
    """The second one waits, sees that the batch has a job, and its own transaction goes on."""
    second = threading.Thread(target=queue.follow, args=(BATCH, datetime.now(UTC)))
    with state.transaction() as transaction:
        queue.defer(transaction.connection, [BATCH])
        second.start()
        second.join(0.3)
        assert second.is_alive()
        SiteStateStore(transaction).save_note("said", "after it")
    second.join()
    assert list(jobs(state).values()) == [None]
    with state.reading() as transaction:
        assert SiteStateStore(transaction).note("said") == "after it"


def test_an_issue_that_waits_no_more_has_no_batches(state: Database, queue: JobQueue) -> None:
    """Only what is queued or put off, of issues under way, is anybody's work."""
    issue = send_to(state, 3, IssueState.PAUSED)
    now = datetime.now(UTC)
    with state.transaction() as transaction:
        assert BatchStore(transaction).due_batches(now) == []
        assert all(BatchStore(transaction).next_due(batch) is None for batch in queue.known())
        ProgressStore(transaction).cancel_issue(issue, "cancelled", now)
        transaction.connection.execute(text("DELETE FROM procrastinate_jobs"))
        transaction.queue_up(issue)
    assert jobs(state) == {}


def test_workers_do_what_those_left_that_are_gone(state: Database, queue: JobQueue) -> None:
    """Without a sign of life for seconds a worker counts as gone.

    Where it had told when to look again, that stays as it is.
    """
    with state.engine.begin() as connection:
        for beat in ("- interval '1 hour'", "+ interval '1 hour'"):
            connection.execute(
                text(f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() {beat})")
            )
    gone, told, alone, here = (Batch.at(1, place) for place in range(4))
    for worker, batch in ((1, gone), (1, told), (None, alone), (2, here)):
        queue.follow(batch, datetime.now(UTC))
        with state.engine.begin() as connection:
            doing = (
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = :worker WHERE status ="
                " 'todo'"
            )
            connection.execute(text(doing), {"worker": worker})
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    queue.follow(told, tomorrow)
    done: list[Batch] = []
    ending = threading.Event()

    def send(batch: Batch) -> None:
        done.append(batch)
        if len(done) == 2:
            ending.set()

    queue.work(send, ending, lambda: None)
    assert set(done) == {gone, alone}
    assert queue.known() == {told, here}
    assert tomorrow in jobs(state).values()


def test_a_job_that_fails_is_done_again(state: Database, queue: JobQueue) -> None:
    """Not at once: what it failed on takes its time to mend."""
    queue.follow(BATCH, datetime.now(UTC))
    ending = threading.Event()

    def fail(_: Batch) -> None:
        ending.set()
        raise ZeroDivisionError

    queue.work(fail, ending, lambda: None)
    (again,) = jobs(state).values()
    assert again is not None
    assert timedelta(0) < again - datetime.now(UTC) < timedelta(seconds=10)


def test_a_worker_waits_for_a_database_that_is_away(state: Database, queue: JobQueue) -> None:
    """Its connections are cut: it says so once, comes back, and does what there is to do."""
    done, ending = threading.Event(), threading.Event()
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid()"
    )
    worker = threading.Thread(target=queue.work, args=(lambda _: done.set(), ending, lambda: None))
    worker.start()
    while queue.status() != QueueStatus(waiting=0, later=0, running=0, workers=1):
        worker.join(0.05)
    state.engine.dispose()
    with state.engine.begin() as connection:
        connection.execute(cut)
    queue.follow(BATCH, datetime.now(UTC))
    assert done.wait(20)
    ending.set()
    worker.join(20)
    assert not worker.is_alive()


def test_the_tables_of_the_queue_are_made_once_whoever_comes_first(
    postgres_url: str, tmp_path: Path
) -> None:
    """Four machines start at the same time on an empty database, and all can work."""

    def start(number: int) -> set[str]:
        opened = Database.open(tmp_path / str(number), postgres_url)
        open_queue("procrastinate", opened).follow(Batch.at(1, number), datetime.now(UTC))
        names = set(inspect(opened.engine).get_table_names())
        opened.close()
        return names

    with ThreadPoolExecutor(4) as machines:
        found = list(machines.map(start, range(4)))
    ours = Database.open(tmp_path / "plain")
    added = found[0] - set(inspect(ours.engine).get_table_names())
    ours.close()
    assert all(names == found[0] for names in found)
    assert {name.partition("_")[0] for name in added} == {"procrastinate"}
    again = Database.open(tmp_path / "again", postgres_url)
    assert len(open_queue("procrastinate", again).known()) == 4
    again.close()


def test_tables_of_an_older_version_are_refused_with_the_way_to_migrate_them(
    state: Database,
    queue: JobQueue,
) -> None:
    """Procrastinate migrates its own tables; until then nothing is queued into them."""
    assert queue.known() == set()
    with state.engine.begin() as connection:
        connection.execute(text("DROP FUNCTION procrastinate_retry_job_v2"))
    with pytest.raises(StateError, match="procrastinate_retry_job_v2") as caught:
        open_queue("procrastinate", state)
    assert "procrastinate schema --migrations-path" in caught.value.cure
    Database.open(state.folder, state.url).close()


def test_without_the_queue_the_database_has_no_jobs(postgres_url: str, tmp_path: Path) -> None:
    """The process that runs anyway finds what is due in the ledger."""
    plain = Database.open(tmp_path / "state", postgres_url)
    queue = open_queue("embedded", plain)
    send_to(plain, 3)
    queue.follow(BATCH, datetime.now(UTC))
    queue.work(lambda _: None, threading.Event(), lambda: None)
    assert (queue.known(), queue.status()) == (set(), None)
    assert not [
        name for name in inspect(plain.engine).get_table_names() if name.startswith("procrastinate")
    ]
    plain.close()


def test_several_machines_need_postgresql(tmp_path: Path) -> None:
    """SQLite is one machine's."""
    opened = Database.open(tmp_path)
    with pytest.raises(StateError, match="PostgreSQL"):
        open_queue("procrastinate", opened)
    opened.close()


def test_a_missing_extra_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Procrastinate is installed only where somebody asked for it."""
    import sys

    for name in (
        "publisher.delivery.workers.procrastinate",
        "publisher.delivery.workers.procrastinate_schema",
    ):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    opened = Database.open(tmp_path, postgres_url)
    with pytest.raises(StateError, match="needs Procrastinate") as caught:
        open_queue("procrastinate", opened)
    opened.close()
    assert "publisher[postgres]" in caught.value.cure
