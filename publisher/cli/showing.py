"""``publisher status`` and ``publisher post show``: what is known, and where it came from."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import (
    ago,
    config_of,
    console,
    print_json,
    print_problems,
    table,
    warn_unless_mailed,
    why_not_yet,
)
from publisher.daemon.control_client import ask_health
from publisher.database.site_state import SiteStateStore
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.rate_limits import RelayPause
from publisher.delivery.throttle import RELAY_NOTE
from publisher.errors import Level, NotFoundError, Problem
from publisher.feeds.store import FeedStore
from publisher.newsletter.issue import IssueState
from publisher.posts.folder import PostsFolder
from publisher.posts.models import FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs
from publisher.posts.store import PostStore
from publisher.posts.unread_formats import tell_unread
from publisher.publishing.own_templates import template_faults
from publisher.publishing.report import count_posts, issue_json, problem_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.app import App
    from publisher.config import Config
    from publisher.delivery.workers.batches import QueueStatus
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.models import Post
    from publisher.posts.records import PostRecord

_GOING = frozenset({IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED})


def show_status(given: Path | None, *, as_json: bool) -> int:
    """Print where everything stands; give 1 where a daemon runs and is unwell."""
    config = config_of(given)
    faults = ask_health(config.state_folder)
    if faults and not as_json:
        # First: what is wrong with the daemon may be wrong with the database, which is read next.
        _print_faults(faults)
    site, instant = open_site(config), now()
    with site.database.reading() as transaction:
        stopped = SiteStateStore(transaction).memory().stopped
        records = [record for record in PostStore(transaction).records() if record.gone_at is None]
        documents = sorted(FeedStore(transaction).documents())
    lines = site.issue_service().issues()
    queue = site.queue.status()
    coming = sorted(_coming(records, instant))
    stops = [Problem("", None, Level.ERROR, stopped, "")] if stopped else []
    problems = [
        *stops,
        *template_faults(config),
        *(problem for record in records for problem in record.problems),
    ]
    unread = tell_unread(PostsFolder(config).scan().unread, str(config.posts.folder))
    counts = count_posts(records, instant)
    ages = {
        path: stat.mtime_ns / 1e9
        for path in documents
        if (stat := site.feeds.public.stat(path)) is not None
    }
    if as_json:
        print_json(
            {
                "daemon": {"running": faults is not None, "faults": faults or []},
                "posts": counts,
                "feeds": {path: round(instant.timestamp() - age, 1) for path, age in ages.items()},
                "issues": [issue_json(line) for line in lines],
                "scheduled": [{"at": at.isoformat(), "path": path} for at, path in coming],
                "problems": [problem_json(problem) for problem in (*problems, *unread)],
                "queue": asdict(queue) if queue is not None else None,
            }
        )
        return 1 if faults else 0
    warn_unless_mailed(config)
    console.print(
        "Posts    "
        + ", ".join(
            f"{count} {status}" for status, count in counts.items() if count or status == "total"
        )
    )
    newest = max(ages.values(), default=None)
    changed = (
        f", last changed {ago(instant - timedelta(seconds=instant.timestamp() - newest), instant)}"
        if newest is not None
        else ""
    )
    console.print(f"Feeds    {len(documents)} documents in {config.output.public}/{changed}")
    open_lines = [
        line for line in lines if line.issue.state in {IssueState.HELD, IssueState.WAITING}
    ]
    going = [line.issue for line in lines if line.issue.state in _GOING]
    states = Counter(
        str(line.issue.state)
        for line in lines
        if line.issue.state not in {*_GOING, IssueState.HELD, IssueState.WAITING}
    )
    done = "".join(f", {count} {state}" for state, count in states.items())
    console.print(f"Issues   {len(open_lines)} open, {len(going)} under way{done}")
    for line in open_lines[:20]:
        console.print(f"  {line.issue.key}  {line.issue.subject}  ({why_not_yet(line, instant)})")
    if open_lines:
        console.print(
            f"Release  publisher issues release {open_lines[0].issue.key}      (or discard)"
        )
    _print_mail(
        site,
        going,
        config,
        [line.issue for line in lines if line.issue.state is IssueState.WRITTEN],
    )
    if queue is not None:
        _print_queue(queue)
    for at, path in coming:
        console.print(
            f"Next     {path} at {at.astimezone(config.zone):%Y-%m-%d %H:%M %Z}"
            f" ({ago(at, instant)})"
        )
    print_problems(problems, str(config.posts.folder))
    print_problems(unread, "")
    return 1 if faults else 0


def _print_faults(faults: Sequence[dict[str, object]]) -> None:
    """Print why the daemon is unwell."""
    for fault in faults:
        times = f", {fault['times']} times" if fault.get("times", 1) != 1 else ""
        since = (
            f" since {datetime.fromisoformat(str(fault['since'])):%Y-%m-%d %H:%M} UTC{times}"
            if "since" in fault
            else ""
        )
        console.print(
            f"error: the daemon is unwell: {fault['part']} fails{since}: {fault['error']}",
            style="bold red",
        )
        console.print(
            f"    {fault['cure'] or 'Its log has the place where it was raised.'}", style="dim"
        )


def _print_mail(
    site: App, going: Sequence[IssueRecord], config: Config, written: Sequence[IssueRecord]
) -> None:
    """Print what is under way, what stands in its way, and what was only written before.

    Mail was not sent then.
    """
    with site.database.reading() as transaction:
        counts = {issue.key: ProgressStore(transaction).count_states(issue.key) for issue in going}
        pause = (
            RelayPause.loads(SiteStateStore(transaction).note(RELAY_NOTE)) if config.sends else None
        )
    for issue in going:
        said = ", ".join(f"{count:,} {state}" for state, count in counts[issue.key].items())
        why = f" ({issue.reason})" if issue.state is IssueState.PAUSED else ""
        console.print(
            f"  {issue.key}  {issue.subject}  ({issue.state}{why}: {said or 'no messages'})"
        )
        if issue.state is IssueState.PAUSED:
            console.print(f"Resume   publisher issues resume {issue.key}      (or cancel)")
    if pause is not None:
        console.print(
            "error: the relay takes nothing since"
            f" {pause.since.astimezone(config.zone):%Y-%m-%d %H:%M}: {pause.words}",
            style="bold red",
        )
        console.print(
            f"    It is tried again at {pause.again.astimezone(config.zone):%H:%M}; nothing is"
            " lost.",
            style="dim",
        )
    if config.sends and written:
        numbers = ", ".join(str(issue.key) for issue in written[:10])
        console.print(
            f"Written  issues {numbers} were only written to a maildir: publisher issues retry"
            f" {written[0].key} sends one now."
        )


def _print_queue(queue: QueueStatus) -> None:
    """Print how many batches of messages wait for workers, and whether there are any."""
    console.print(
        f"Queue    batches waiting {queue.waiting}, for later {queue.later}, under way"
        f" {queue.running}; workers {queue.workers}"
    )
    if not queue.workers and queue.waiting + queue.later + queue.running:
        console.print("warning: no worker works, so nothing is sent.", style="yellow")
        console.print("    Start one, here or on another machine: publisher worker", style="dim")


def _coming(records: list[PostRecord], instant: datetime) -> list[tuple[datetime, str]]:
    return [
        (record.facts.released, record.path)
        for record in records
        if status_at(record, instant) is KnownAs.SCHEDULED
        and record.facts is not None
        and record.facts.released is not None
    ]


def show_post(path: str, given: Path | None, *, as_json: bool) -> int:
    """Print how one file is understood; give 1 when it is invalid.

    Raises:
        NotFoundError: There is no such file in the posts folder.
    """
    config = config_of(given)
    folder = PostsFolder(config)
    relative = (
        os.path.relpath(os.path.realpath(path), os.path.realpath(folder.root))
        if Path(path).exists()
        else path
    )
    if relative.startswith("..") or not (folder.root / relative).exists():
        raise NotFoundError(
            f"{path} is no file of {folder.root}.", cure="Name it as 'publisher status' does."
        )
    read = folder.read(relative)
    if isinstance(read, Problem):
        print_problems([read], str(config.posts.folder))
        return 1
    reading = folder.understand(read)
    if as_json:
        fields = asdict(reading.post) if reading.post else None
        problems = [problem_json(problem) for problem in reading.problems]
        print_json(
            {
                "path": relative,
                "kind": str(reading.kind),
                "reason": reading.reason,
                "post": _plain(fields),
                "problems": problems,
            }
        )
    else:
        _print_fields(
            reading.post,
            f"{relative}: {reading.kind}{f' ({reading.reason})' if reading.reason else ''}",
        )
        print_problems(reading.problems, str(config.posts.folder))
    return 1 if reading.kind is FileKind.INVALID else 0


def _print_fields(post: Post | None, heading: str) -> None:
    console.print(heading, style="bold")
    if post is None:
        return
    rows = table("field", "value", "from")
    for name, value in asdict(post).items():
        if name not in {"origins", "extra"} and value not in (None, (), "", {}):
            rows.add_row(
                name, _shown(value), post.origins.get("status" if name == "draft" else name, "")
            )
    if post.extra:
        rows.add_row("extra", ", ".join(post.extra), "front matter")
    console.print(rows)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(
            str(item.get("name", item.get("url", item))) if isinstance(item, dict) else str(item)
            for item in value
        )
    return str(value)


def _plain(value: object) -> object:
    import json

    return json.loads(json.dumps(value, default=str))
