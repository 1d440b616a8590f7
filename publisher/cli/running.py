"""``publisher run``: the daemon."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from publisher.app import now, open_site
from publisher.cli.printing import config_to_start, warn_unless_mailed
from publisher.cli.serving import log_templates, parts_beside
from publisher.daemon.control_client import TIMEOUT
from publisher.daemon.control_socket import ControlServer
from publisher.daemon.file_watcher import FileWatcher
from publisher.daemon.leadership import Leadership
from publisher.daemon.scheduler import Scheduler
from publisher.daemon.service import Machinery, Service
from publisher.errors import Level
from publisher.publishing.options import Options
from publisher.system.health import Health
from publisher.system.logging import configure_logs
from publisher.system.systemd import Notifier

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from publisher.app import App
    from publisher.config import Config
    from publisher.daemon.mail_thread import MailThread
    from publisher.publishing.report import Report

log = structlog.get_logger("publisher")

_DIGESTS = timedelta(seconds=60)
"""How often it is looked whether a digest is due."""


def run_daemon(given: Path | None) -> int:
    """Watch and publish until stopped; return the exit status."""
    config = config_to_start(given)
    configure_logs(config.log.format, config.log.level)
    site = open_site(config)
    log_templates(config)
    if os.isatty(1):
        warn_unless_mailed(config)
    notifier = Notifier(os.environ)
    turn = Leadership(site.database, notifier)
    working = [site]
    first = [site]

    def make() -> Machinery:
        fresh = first.pop() if first and not turn.stood_by else open_site(config_to_start(given))
        working[0] = fresh
        return _machinery(fresh, notifier)

    def make_again() -> Machinery:
        return _machinery(working[0], notifier)

    return Service(
        make, make_again, turn=turn, monotonic=site.scanner.clocks.monotonic, notifier=notifier
    ).run()


def _machinery(site: App, notifier: Notifier) -> Machinery:
    config, publisher, health = site.config, site.publisher(), Health(now)
    seen: set[str] = set()
    late: set[int] = set()

    def publish_once(options: Options) -> Report:
        return tell(publisher.publish_once(now(), options))

    def publish_edits(paths: Collection[str]) -> Report | None:
        report = publisher.publish_edits(paths, now())
        return tell(report) if report is not None else None

    def tell(report: Report) -> Report:
        if report.queued():
            mail_thread.wake()
        _tell(report, config, seen, late)
        notifier.status(f"{report.posts['published']} published, {len(report.problems)} problems")
        return report

    jobs = Scheduler(
        lambda: publish_once(Options(one_shot=False)),
        interval=config.schedule.scan,
        settle=config.posts.settle,
        now=now,
        monotonic=site.scanner.clocks.monotonic,
        health=health,
    )

    jobs.publish_edits = publish_edits

    def answer(options: dict[str, bool]) -> dict[str, object]:
        wanted = {
            name: options.get(name, False)
            for name in ("accept_deletions", "accept_hidden", "accept_clock", "dry_run")
        }
        report = jobs.call(
            lambda: publish_once(Options(one_shot=False, asked=True, **wanted)), TIMEOUT
        )
        jobs.request()
        return report.as_json()

    watcher = FileWatcher(config.posts_folder, config.schedule.watch, jobs.request, health)
    mail_thread, parts = parts_beside(site, jobs, health)
    jobs.after_first_round = mail_thread.wake
    told: set[str] = set()
    jobs.every(_DIGESTS, "making digests", lambda: send_digests(site, mail_thread, told))
    return Machinery(
        jobs, watcher, ControlServer(config.state_folder, answer, health), health, parts
    )


def send_digests(site: App, mail_thread: MailThread, told: set[str]) -> None:
    """Queue the digests that are due; what is wrong is told once, until it is gone."""
    digester = site.digest_composer(now())
    lines = digester.run()
    for problem in digester.problems:
        if problem.found not in told:
            (log.error if problem.level is Level.ERROR else log.warning)(
                problem.found, cure=problem.cure
            )
    told.clear()
    told.update(problem.found for problem in digester.problems)
    for line in lines:
        issue = line.issue
        log.info(
            "issue",
            state=str(issue.state),
            id=issue.key,
            subject=issue.subject,
            digest=issue.digest,
        )
    if lines:
        mail_thread.wake()


def _tell(report: Report, config: Config, seen: set[str], late: set[int]) -> None:
    """Log what a round did.

    A problem is told once, until it is gone, and a page that is not up once for each issue.
    """
    if report.feeds.written:
        log.info("feeds written", files=len(report.feeds.written), seconds=round(report.seconds, 3))
    for line in report.issues:
        issue = line.issue
        reason = str(issue.reason) if issue.reason is not None else None
        due = (
            issue.due_at.astimezone(config.zone).strftime("%H:%M")
            if issue.due_at is not None
            else None
        )
        noted = (("reason", reason), ("due", due), ("page", line.page), ("said", line.said))
        facts = {name: value for name, value in noted if value}
        tell = log.debug if line.gives_up_at is not None and issue.key in late else log.info
        tell("issue", state=str(issue.state), id=issue.key, subject=issue.subject, **facts)
        (late.discard if line.gives_up_at is None else late.add)(issue.key)
    current = {f"{problem.path}:{problem.line} {problem.message}" for problem in report.problems}
    for problem in report.problems:
        text = f"{problem.path}:{problem.line} {problem.message}"
        if text not in seen:
            tell = log.error if problem.level is Level.ERROR else log.warning
            tell(problem.found, file=problem.path, line=problem.line, cure=problem.cure)
    seen.clear()
    seen.update(current)
