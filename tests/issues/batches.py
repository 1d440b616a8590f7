"""A site whose issues are sent by workers, batch by batch."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.app import open_worker
from publisher.issues.batch_worker import BatchWorker, Overseer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.delivery.workers.batches import Batch
    from tests.delivery.mailing_site import MailingSite


@contextmanager
def working(mailing_site: MailingSite) -> Iterator[BatchWorker]:
    """Yield a worker of a site."""
    worker, _ = open_worker(mailing_site.config, threading.Event(), lambda: mailing_site.now)
    yield worker
    worker.sender.close()
    worker.state.close()


def overseer(mailing_site: MailingSite) -> Overseer:
    """Return what ``run`` looks after."""
    return Overseer(
        mailing_site.mail_services.progress,
        mailing_site.state,
        mailing_site.open.queue,
        time.monotonic,
    )


def batches(mailing_site: MailingSite) -> list[Batch]:
    """Return the batches that have a job, in order."""
    return sorted(mailing_site.open.queue.known(), key=lambda batch: (batch.issue, batch.after))


def run_sql(mailing_site: MailingSite, sql: str, **values: object) -> list[tuple[object, ...]]:
    """Run a statement."""
    with mailing_site.state.engine.begin() as connection:
        result = connection.execute(text(sql), values)
        return [tuple(row) for row in result] if result.returns_rows else []


def scheduled(mailing_site: MailingSite) -> list[object]:
    """Return when jobs are to be done."""
    return [
        row[0]
        for row in run_sql(mailing_site, "SELECT scheduled_at FROM procrastinate_jobs ORDER BY id")
    ]
