"""``publisher build`` and ``publisher run --once``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import config_of, console, print_json, print_report
from publisher.pipeline import Options, Publisher
from publisher.storage.lock import RunLock

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.pipeline import Report

WAIT = 60.0
"""Seconds a one-shot waits for another one to finish."""


def build_once(
    given: Path | None, *, as_json: bool, dry_run: bool = False, accept_deletions: bool = False, accept_clock: bool = False
) -> int:
    """Do one round and print what it did; give the exit status: 0, or 1 when something was refused."""
    config = config_of(given)
    site = open_site(config)
    options = Options(dry_run=dry_run, accept_deletions=accept_deletions, accept_clock=accept_clock)
    with RunLock(site.state, wait=WAIT):  # type: ignore[arg-type]
        report = Publisher(site).publish_once(now(), options)
    if as_json:
        print_json(report.as_json())
    else:
        _warn_of_ci(report)
        print_report(report, config, dry_run=dry_run)
    return 1 if report.refused else 0


def _warn_of_ci(report: Report) -> None:
    if report.first_run and os.environ.get("CI"):
        console.print("warning: every run here is a first run, so nothing is ever announced.", style="yellow")
        console.print("    Keep the state folder between runs (a cache), or set PUBLISHER_STATE__URL to a PostgreSQL database.")
