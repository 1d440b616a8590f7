"""``publisher status`` and ``publisher post show``: what is known, and where it came from."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app import PostsFolder, now, open_site
from publisher.catalogue import KnownAs
from publisher.changes import status_at
from publisher.cli.printing import NOT_MAILED, ago, config_of, console, print_json, print_problems, table, why_not_yet
from publisher.errors import NotFoundError
from publisher.models import IssueState, Kind, Problem
from publisher.pipeline.desk import Desk
from publisher.pipeline.report import count_posts, issue_json, problem_json

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.catalogue import Record
    from publisher.models import Post


def show_status(given: Path | None, *, as_json: bool) -> None:
    """Print where everything stands."""
    config = config_of(given)
    site, instant = open_site(config), now()
    with site.state.reading() as tables:
        records = [record for record in tables.records() if record.gone_at is None]
        documents = sorted(tables.documents())
    lines = Desk(site).issues()
    coming = sorted(_coming(records, instant))
    problems = [problem for record in records for problem in record.problems]
    counts = count_posts(records, instant)
    ages = {path: stat.mtime_ns / 1e9 for path in documents if (stat := site.public.stat(path)) is not None}
    if as_json:
        print_json(
            {
                "posts": counts,
                "feeds": {path: round(instant.timestamp() - age, 1) for path, age in ages.items()},
                "issues": [issue_json(line) for line in lines],
                "scheduled": [{"at": at.isoformat(), "path": path} for at, path in coming],
                "problems": [problem_json(problem) for problem in problems],
            }
        )
        return
    console.print(NOT_MAILED, style="yellow")
    console.print("Posts    " + ", ".join(f"{count} {status}" for status, count in counts.items() if count or status == "total"))
    newest = max(ages.values(), default=None)
    changed = f", last changed {ago(instant - timedelta(seconds=instant.timestamp() - newest), instant)}" if newest is not None else ""
    console.print(f"Feeds    {len(documents)} documents in {config.output.public}/{changed}")
    open_lines = [line for line in lines if line.issue.state in {IssueState.HELD, IssueState.WAITING}]
    done = len(lines) - len(open_lines)
    console.print(f"Issues   {len(open_lines)} open, {done} queued or cancelled")
    for line in open_lines[:20]:
        console.print(f"  {line.issue.key}  {line.issue.subject}  ({why_not_yet(line, instant)})")
    if open_lines:
        console.print(f"Release  publisher issues release {open_lines[0].issue.key}      (or discard)")
    for at, path in coming:
        console.print(f"Next     {path} at {at.astimezone(config.zone):%Y-%m-%d %H:%M %Z} ({ago(at, instant)})")
    print_problems(problems, str(config.posts.folder))


def _coming(records: list[Record], instant: datetime) -> list[tuple[datetime, str]]:
    return [
        (record.facts.published, record.path)
        for record in records
        if status_at(record, instant) is KnownAs.SCHEDULED and record.facts is not None and record.facts.published is not None
    ]


def show_post(path: str, given: Path | None, *, as_json: bool) -> int:
    """Print how one file is understood; give 1 when it is invalid.

    Raises:
        NotFoundError: There is no such file in the posts folder.
    """
    config = config_of(given)
    folder = PostsFolder(config)
    relative = os.path.relpath(os.path.realpath(path), os.path.realpath(folder.root)) if Path(path).exists() else path
    if relative.startswith("..") or not (folder.root / relative).exists():
        raise NotFoundError(f"{path} is no file of {folder.root}.", cure="Name it as 'publisher status' does.")
    read = folder.read(relative)
    if isinstance(read, Problem):
        print_problems([read], str(config.posts.folder))
        return 1
    reading = folder.understand(read)
    if as_json:
        fields = asdict(reading.post) if reading.post else None
        problems = [problem_json(problem) for problem in reading.problems]
        print_json({"path": relative, "kind": str(reading.kind), "reason": reading.reason, "post": _plain(fields), "problems": problems})
    else:
        _print_fields(reading.post, f"{relative}: {reading.kind}{f' ({reading.reason})' if reading.reason else ''}")
        print_problems(reading.problems, str(config.posts.folder))
    return 1 if reading.kind is Kind.INVALID else 0


def _print_fields(post: Post | None, heading: str) -> None:
    console.print(heading, style="bold")
    if post is None:
        return
    rows = table("field", "value", "from")
    for name, value in asdict(post).items():
        if name not in {"origins", "extra"} and value not in (None, (), "", {}):
            rows.add_row(name, _shown(value), post.origins.get("status" if name == "draft" else name, ""))
    if post.extra:
        rows.add_row("extra", ", ".join(post.extra), "front matter")
    console.print(rows)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item.get("name", item.get("url", item))) if isinstance(item, dict) else str(item) for item in value)
    return str(value)


def _plain(value: object) -> object:
    import json

    return json.loads(json.dumps(value, default=str))
