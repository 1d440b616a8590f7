"""What commands print: tables and colour on a terminal, plain text elsewhere, JSON on request."""

from __future__ import annotations

import json
import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cli.exposure import refuse_exposed, start_warnings
from publisher.config import find_config, load_config
from publisher.errors import Level, Problem
from publisher.newsletter.issue import IssueState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from rich.console import Console
    from rich.table import Table

    from publisher.config import Config
    from publisher.newsletter.issue import IssueLine
    from publisher.publishing.report import Report

_LONG = 200
"""Posts from which on reading takes long enough to be told about."""
_SHOWN = 10
"""Issues that are listed: as many as fit a glance."""
NOT_MAILED = "NOT MAILED: no [smtp]. Messages are written to {maildir}/ and reach nobody."


class Printer:
    """Prints lines as they are.

    Tables, and colours on a terminal, are Rich's, which is loaded for them.
    """

    def print(self, what: str | Table = "", *, style: str | None = None, end: str = "\n") -> None:
        """Print text or a table."""
        if isinstance(what, str) and not (sys.stdout.isatty() or "FORCE_COLOR" in os.environ):
            sys.stdout.write(what + end)
        else:
            self._rich.print(what, style=style, end=end)

    @cached_property
    def _rich(self) -> Console:
        from rich.console import Console

        return Console(
            soft_wrap=not sys.stdout.isatty(), highlight=False, markup=False, emoji=False
        )


console = Printer()


def config_of(given: Path | None) -> Config:
    """Find and load the configuration a command is about."""
    return load_config(find_config(given, Path.cwd()), os.environ)


def config_to_start(given: Path | None) -> Config:
    """Find and load a configuration to work with.

    What others would get of it is told on standard error.

    Raises:
        ConfigError: It is wrong, or would have the state served.
    """
    config = config_of(given)
    refuse_exposed(config)
    for problem in start_warnings(config):
        sys.stderr.write(f"{problem.level}: {problem.path}: {problem.found}\n    {problem.cure}\n")
    return config


def warn_unless_mailed(config: Config) -> None:
    """Print first that nothing is sent, where that is so."""
    if not config.sends:
        console.print(NOT_MAILED.format(maildir=config.delivery.maildir), style="yellow")


def track_reading(paths: Sequence[str]) -> Iterable[str]:
    """Yield the paths of a long reading with a progress bar on a terminal."""
    if len(paths) < _LONG or not sys.stderr.isatty():
        return paths
    from rich.console import Console
    from rich.progress import track

    return track(
        paths, description="Reading", transient=True, console=Console(stderr=True, emoji=False)
    )


def print_json(value: object) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_problems(problems: Iterable[Problem], posts: str) -> None:
    """Print problems, errors first, each with file, line and cure."""
    ordered = sorted(
        problems,
        key=lambda problem: (problem.level is not Level.ERROR, problem.path, problem.line or 0),
    )
    for problem in ordered:
        where = "/".join(part for part in (posts, problem.path) if part) if problem.path else ""
        where += f":{problem.line}" if problem.line else ""
        style = "bold red" if problem.level is Level.ERROR else "yellow"
        console.print(f"{problem.level}: ", style=style, end="")
        console.print(f"{where + ': ' if where else ''}{problem.found}")
        if problem.cure:
            console.print(f"    {problem.cure}", style="dim")


def table(*columns: str) -> Table:
    """Make a plain table."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def print_report(report: Report, config: Config, *, dry_run: bool = False) -> None:
    """Print what a round did and what comes next."""
    warn_unless_mailed(config)
    counts = ", ".join(
        f"{count} {status}" for status, count in report.posts.items() if count and status != "total"
    )
    console.print(f"Posts    {report.posts['total']} ({counts})" if counts else "Posts    none yet")
    feeds = f"{len(report.feeds.written)} written, {report.feeds.unchanged} unchanged"
    console.print(
        "Feeds    not touched (dry run)"
        if dry_run
        else f"Feeds    {feeds} in {config.output.public}/"
    )
    print_issue_lines(report.issues)
    print_problems(report.problems, str(config.posts.folder))
    console.print(f"Done in {report.seconds:.2f} s.", style="dim")
    for line in next_steps(report, config):
        console.print(line)


def print_reply(reply: Mapping[str, Any], config: Config) -> None:
    """Print what a running daemon did when it was asked to scan."""
    warn_unless_mailed(config)
    console.print("The running daemon looked now.", style="dim")
    console.print(
        "Posts    "
        + ", ".join(f"{count} {status}" for status, count in reply["posts"].items() if count)
    )
    feeds = reply["feeds"]
    console.print(
        f"Feeds    {len(feeds['written'])} written, {feeds['unchanged']} unchanged in"
        f" {config.output.public}/"
    )
    for issue in reply["issues"]:
        why = f" ({issue['reason']})" if issue["reason"] else ""
        page = f" ({issue['page']})" if "page" in issue else ""
        console.print(f"Issue {issue['id']:<3} {issue['state']}{why}: {issue['subject']}{page}")
    problems = [
        Problem(p["path"], p["line"], Level(p["level"]), p["message"], "")
        for p in reply["problems"]
    ]
    print_problems(problems, str(config.posts.folder))


def print_issue_lines(lines: Sequence[IssueLine]) -> None:
    """Print issues, one a line, or the count of each state when there are many."""
    for line in lines[:_SHOWN]:
        stays = line.page or line.issue.state in {IssueState.HELD, IssueState.PAUSED}
        reason = f" ({line.issue.reason})" if line.issue.reason and stays else ""
        console.print(
            f"Issue {line.issue.key or 'new':<3} {line.issue.state}{reason}: {line.issue.subject}"
        )
    if len(lines) > _SHOWN:
        console.print(f"         and {len(lines) - _SHOWN} more: publisher issues list")


def next_steps(report: Report, config: Config) -> list[str]:
    """Return what to do next: which file to open, how to release what is held."""
    steps = []
    shown = next((line for line in report.issues if line.path is not None), None)
    if shown is not None:
        steps.append(f"Open     {config.path.parent / (shown.path or '')}")
    held = report.held()
    if held:
        which = str(held[0].issue.key) if len(held) == 1 else f'--reason "{held[0].issue.reason}"'
        steps.append(f"Release  publisher issues release {which}      (or discard)")
    paused = report.paused()
    if paused:
        steps.append(
            f"Resume   publisher issues resume {paused[0].issue.key}      (paused:"
            f" {paused[0].issue.reason})"
        )
    steps += [_page_step(line, config) for line in report.issues if line.gives_up_at is not None][
        :3
    ]
    if report.first_run:
        steps.append(
            "Next     everything found is baseline: only what you publish from now on is announced."
        )
    return steps


def _page_step(line: IssueLine, config: Config) -> str:
    assert line.gives_up_at is not None
    until = f"{line.gives_up_at.astimezone(config.zone):%Y-%m-%d %H:%M %Z}"
    why = f" ({line.said})" if line.said else ""
    number = f", or without it: publisher issues release {line.issue.key}" if line.issue.key else ""
    return f"Waits    {line.page} is not up yet{why}; each run asks again until {until}{number}"


def why_not_yet(line: IssueLine, now: datetime) -> str:
    """Return in a few words what an open issue waits for: a person, a page, or its time."""
    issue, until = line.issue, line.gives_up_at
    if until is not None:
        return f"page not up yet: {line.page}, held {ago(until, now)}"
    if issue.state is IssueState.HELD:
        more = line.page or line.said
        return f"held: {issue.reason}{f': {more}' if more else ''}"
    return f"goes {ago(issue.due_at, now)}" if issue.due_at is not None else ""


def ago(instant: datetime, now: datetime) -> str:
    """Return how long ago or in what time an instant is, roughly."""
    seconds = (instant - now).total_seconds()
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            amount = f"{abs(seconds) / size:.0f} {name}"
            return f"in {amount}" if seconds > 0 else f"{amount} ago"
    return "now"
