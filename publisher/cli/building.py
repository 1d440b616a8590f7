"""``publisher build``."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import (
    config_to_start,
    console,
    print_json,
    print_reply,
    print_report,
    track_reading,
)
from publisher.daemon.control_client import NAME as SOCKET
from publisher.daemon.control_client import ask_daemon
from publisher.database.locks import RunLock
from publisher.errors import StateBusyError
from publisher.publishing.options import Options
from publisher.publishing.own_templates import template_faults

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.config import Config
    from publisher.publishing.report import Report

WAIT = 60.0
"""Seconds a one-shot waits for another one to finish."""


def build_once(
    given: Path | None,
    *,
    as_json: bool,
    dry_run: bool = False,
    **accepted: bool,
) -> int:
    """Run one round and print what it did.

    Return the exit status: 0, or 1 when something was refused.

    Beside a running daemon the daemon does it: what is published then gets its grace period, as
    always in the daemon.

    Args:
        given: The configuration, where it is named.
        as_json: Print JSON.
        dry_run: Write nothing.
        accepted: What the operator accepts, by the names of
            :class:`publisher.publishing.round.Options`.
    """
    config = config_to_start(given)
    site = open_site(config, track_reading, may_fork=True)
    wanted = {"dry_run": dry_run, **accepted}
    try:
        lock = RunLock(site.database)
    except StateBusyError:
        if (config.state_folder / SOCKET).exists():
            return _by_daemon(config, wanted, as_json=as_json)
        lock = RunLock(site.database, wait=WAIT)
    with lock:
        report = with_templates(site.publisher().publish_once(now(), Options(**wanted)), config)
    if as_json:
        print_json(report.as_json())
    else:
        warn_of_ci(report)
        print_report(report, config, dry_run=dry_run)
    return 1 if report.refused else 0


def _by_daemon(config: Config, wanted: dict[str, bool], *, as_json: bool) -> int:
    reply = ask_daemon(config.state_folder, wanted)
    if as_json:
        print_json(reply)
    else:
        print_reply(reply, config)
    problems = reply["problems"]
    return (
        1
        if isinstance(problems, list) and any(problem["level"] == "error" for problem in problems)
        else 0
    )


def with_templates(report: Report, config: Config) -> Report:
    """Return a report that tells of the faults of the site's own templates, too."""
    return replace(report, problems=(*template_faults(config), *report.problems))


def warn_of_ci(report: Report) -> None:
    """Warn where nothing can ever be announced, because every run is a first one."""
    if report.first_run and os.environ.get("CI"):
        console.print(
            "warning: every run here is a first run, so nothing is ever announced.", style="yellow"
        )
        console.print(
            "    Keep the state folder between runs (a cache), or set PUBLISHER_STATE__URL to a"
            " PostgreSQL database."
        )
