"""``publisher run --once``: the cron line.

Scan, write, queue, compose due digests, send until nothing is due, and end.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from publisher.app import now, open_site
from publisher.cli.building import WAIT, warn_of_ci, with_templates
from publisher.cli.printing import (
    config_to_start,
    console,
    print_issue_lines,
    print_json,
    print_report,
    track_reading,
)
from publisher.cli.serving import run_issue_sent
from publisher.config.types import Duration
from publisher.database.locks import RunLock
from publisher.delivery.models import SendFilter, SendStats
from publisher.delivery.progress_store import ProgressStore
from publisher.errors import UsageError
from publisher.newsletter.issue import IssueState
from publisher.newsletter.store import IssueStore
from publisher.publishing.options import Options
from publisher.publishing.report import finished_json, issue_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta
    from pathlib import Path

    from publisher.app import App, MailServices
    from publisher.config import Config

_STEP = 0.5


def run_once(given: Path | None, *, as_json: bool, within: str) -> int:
    """Run one whole round, send what is due, and return the exit status.

    It is 0, or 1 when something was refused or waits.

    Args:
        given: The configuration file, or None.
        as_json: Print one JSON object.
        within: How long to go on trying what is put off, such as ``20m``; nothing is waited for
            when empty.

    Raises:
        UsageError: ``within`` is no duration.
    """
    limit = _duration(within) if within else None
    config = config_to_start(given)
    site = open_site(config, track_reading, may_fork=True)
    with RunLock(site.database, wait=WAIT):
        report = with_templates(site.publisher().publish_once(now(), Options()), config)
        digester = site.digest_composer(now())
        digests = digester.run()
        report = replace(
            report, problems=tuple(dict.fromkeys((*report.problems, *digester.problems)))
        )
        if not as_json:
            warn_of_ci(report)
            print_report(report, config)
            print_issue_lines(digests)
        room = site.mail_services()
        stats = _send(site, room, limit, quiet=as_json)
        room.sender.close()
    left = _waiting(site)
    if as_json:
        print_json(
            {
                **report.as_json(),
                "digests": [issue_json(line) for line in digests],
                "mail": _mail_json(stats),
                "waiting": left,
            }
        )
    else:
        _print_mail(stats, config, left)
    refused = report.refused or stats.failed or stats.doubtful or stats.pause is not None
    return 1 if refused else 0


def _duration(text: str) -> timedelta:
    try:
        return TypeAdapter(Duration).validate_python(text)
    except ValidationError as error:
        raise UsageError(f"--for {text} is no duration.", cure="For example: --for 20m") from error


def _send(site: App, room: MailServices, within: timedelta | None, *, quiet: bool) -> SendStats:
    """Send until nothing is due; with a time given, wait for what is put off until it is over."""
    deadline = time.monotonic() + within.total_seconds() if within is not None else None
    whole = SendStats()
    while True:
        while room.membership.process_requests(now()):
            pass
        with _progress(site, quiet=quiet) as tell:
            stats = room.sender.run(
                SendFilter(), lambda: deadline is not None and time.monotonic() > deadline, tell
            )
        whole.handed, whole.failed, whole.doubtful = (
            whole.handed + stats.handed,
            whole.failed + stats.failed,
            whole.doubtful + stats.doubtful,
        )
        whole.deferred += stats.deferred
        whole.pause, whole.day_is_full = stats.pause, stats.day_is_full
        whole.finished += stats.finished
        run_issue_sent(site, stats.finished)
        again = _next_attempt(site, stats)
        if (
            deadline is None
            or again is None
            or time.monotonic() + (again - now()).total_seconds() > deadline
        ):
            return whole
        time.sleep(max(_STEP, (again - now()).total_seconds()))


def _next_attempt(site: App, stats: SendStats) -> datetime | None:
    with site.database.reading() as transaction:
        waiting = ProgressStore(transaction).next_attempt()
    if stats.day_is_full or waiting is None:
        return stats.pause.again if stats.pause is not None else None
    return max(waiting, stats.pause.again) if stats.pause is not None else waiting


def _waiting(site: App) -> int:
    with site.database.reading() as transaction:
        return sum(
            ProgressStore(transaction).count_open(issue.key)
            for issue in IssueStore(transaction).issues((IssueState.QUEUED, IssueState.SENDING))
        )


@contextmanager
def _progress(site: App, *, quiet: bool) -> Iterator[Callable[[SendStats], None]]:
    """Show a progress bar on a terminal while there is something to send."""
    with site.database.reading() as transaction:
        total = sum(
            ProgressStore(transaction).count_open(issue.key)
            for issue in IssueStore(transaction).issues((IssueState.QUEUED, IssueState.SENDING))
        )
    if quiet or not total or not sys.stderr.isatty():
        yield lambda _tally: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("Sending "), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("send", total=total)
        yield lambda stats: bar.update(
            task, completed=stats.handed + stats.failed + stats.deferred + stats.doubtful
        )


def _mail_json(stats: SendStats) -> dict[str, object]:
    return {
        "handed": stats.handed,
        "failed": stats.failed,
        "deferred": stats.deferred,
        "in_doubt": stats.doubtful,
        "finished": [finished_json(done) for done in stats.finished],
        "relay": stats.pause.words if stats.pause is not None else None,
    }


def _print_mail(stats: SendStats, config: Config, left: int) -> None:
    """Print what was sent, and what comes next."""
    what = "sent" if config.sends else f"written to {config.delivery.maildir}/"
    parts = [f"{stats.handed:,} {what}"]
    parts += [
        f"{count:,} {name}"
        for name, count in (
            ("failed", stats.failed),
            ("put off", stats.deferred),
            ("in doubt", stats.doubtful),
        )
        if count
    ]
    console.print(f"Mail     {', '.join(parts)}")
    for done in stats.finished:
        console.print(f"Issue {done.issue.key:<3} {done.issue.state}: {done.issue.subject}")
    if stats.pause is not None:
        console.print(f"error: the relay takes nothing: {stats.pause.words}", style="bold red")
        console.print("    Nothing is lost: the next run tries again.", style="dim")
    elif stats.day_is_full:
        console.print("    smtp.per_day is reached; the next run goes on.", style="dim")
    if left:
        console.print(f"Waiting  {left:,} messages: publisher deliveries list --state deferred")
