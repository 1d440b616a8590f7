"""``publisher run``: the daemon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import structlog

from publisher.app import now, open_site
from publisher.cli.printing import NOT_MAILED, config_of, console
from publisher.daemon import Jobs, Service
from publisher.daemon.watching import Watcher
from publisher.logs import configure_logs
from publisher.models import Level
from publisher.notify import Notifier
from publisher.pipeline import Options, Publisher
from publisher.storage.lock import RunLock

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.config import Config
    from publisher.pipeline import Report
    from publisher.pipeline.site import Site

log = structlog.get_logger("publisher")


def run_daemon(given: Path | None) -> int:
    """Watch and publish until stopped; give the exit status."""
    config = config_of(given)
    configure_logs(config.log.format, config.log.level)
    site = open_site(config)
    if os.isatty(1):
        console.print(NOT_MAILED, style="yellow")
    with RunLock(site.state):  # type: ignore[arg-type]
        notifier = Notifier(os.environ)
        first = [site]

        def make() -> tuple[Jobs, Watcher]:
            fresh = first.pop() if first else open_site(config_of(given))
            return _machinery(fresh, notifier)

        return Service(make, monotonic=site.clocks.monotonic, notifier=notifier).run()


def _machinery(site: Site, notifier: Notifier) -> tuple[Jobs, Watcher]:
    config, publisher = site.config, Publisher(site)
    seen: set[str] = set()

    def publish_once() -> Report:
        report = publisher.publish_once(now(), Options(one_shot=False))
        _tell(report, config, seen)
        notifier.status(f"{report.posts['published']} published, {len(report.problems)} problems")
        return report

    jobs = Jobs(publish_once, interval=config.schedule.scan, settle=config.posts.settle, now=now, monotonic=site.clocks.monotonic)
    return jobs, Watcher(config.posts_folder, config.schedule.watch, jobs.request)


def _tell(report: Report, config: Config, seen: set[str]) -> None:
    """Log what a round did; a problem is told once, until it is gone."""
    if report.feeds.written:
        log.info("feeds written", files=len(report.feeds.written), seconds=round(report.seconds, 3))
    for line in report.issues:
        issue = line.issue
        reason = str(issue.reason) if issue.reason is not None else None
        due = issue.due_at.astimezone(config.zone).strftime("%H:%M") if issue.due_at is not None else None
        facts = {name: value for name, value in (("reason", reason), ("due", due)) if value}
        log.info("issue", state=str(issue.state), id=issue.key, subject=issue.subject, **facts)
    current = {f"{problem.path}:{problem.line} {problem.message}" for problem in report.problems}
    for problem in report.problems:
        text = f"{problem.path}:{problem.line} {problem.message}"
        if text not in seen:
            tell = log.error if problem.level is Level.ERROR else log.warning
            tell(problem.found, file=problem.path, line=problem.line, cure=problem.cure)
    seen.clear()
    seen.update(current)
