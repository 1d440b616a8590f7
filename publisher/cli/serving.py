"""``publisher serve``: the web side alone; and the same inside ``publisher run``."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING

import structlog

from publisher.app import now, open_site
from publisher.cli.printing import config_to_start, console
from publisher.daemon.mail_thread import MailThread
from publisher.database.site_state import is_older_copy
from publisher.delivery.models import SendFilter
from publisher.errors import Level
from publisher.issues.batch_worker import Overseer
from publisher.publishing.own_templates import template_faults
from publisher.publishing.report import count_json, finished_json
from publisher.system.health import Health
from publisher.system.logging import configure_logs
from publisher.system.systemd import Notifier
from publisher.system.templates import templates_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from publisher.app import App
    from publisher.config import Config
    from publisher.daemon.scheduler import Scheduler
    from publisher.daemon.service import Part
    from publisher.delivery.models import Finished
    from publisher.web.server import WebServer

log = structlog.get_logger("publisher")


def log_templates(config: Config) -> None:
    """Log the faults of the site's own templates at start."""
    for problem in template_faults(config):
        (log.error if problem.level is Level.ERROR else log.warning)(
            problem.found, cure=problem.cure
        )


def serve(given: Path | None) -> int:
    """Serve pages and feeds, and deliver letters, until stopped; return the exit status."""
    config = config_to_start(given)
    configure_logs(config.log.format, config.log.level)
    site = open_site(config)
    log_templates(config)
    health = Health(now)
    mail_thread = make_mail_thread(site, health)
    server = make_web(site, mail_thread, health)
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    notifier = Notifier(os.environ)
    mail_thread.start()
    server.start()
    notifier.ready("Serving")
    log.info("serving", host=config.web.host, port=server.port, url=config.web_url)
    if os.isatty(1):
        console.print(f"Open     http://{config.web.host}:{server.port}/      (stop with Ctrl+C)")
    while not ending.wait(notifier.watchdog_interval):
        if health.feeds_watchdog():
            notifier.alive()
    notifier.stopping()
    server.stop()
    mail_thread.stop()
    log.info("stopped")
    return 0


def parts_beside(site: App, jobs: Scheduler, health: Health) -> tuple[MailThread, tuple[Part, ...]]:
    """Return what ``publisher run`` runs beside its rounds.

    These are the postman, and the web side when ``web.url`` is set.

    Issues are sent from the end of the first round on: it may have to take some back first. Where
    workers send them, they are looked after from then on.
    """
    sends_here = site.queue.sends_here
    overseeing = None if sends_here else jobs.first_round
    mail_thread = make_mail_thread(
        site,
        health,
        lambda: SendFilter(issues=sends_here and jobs.first_round.is_set()),
        overseeing,
    )
    if site.config.web.url is None:
        return mail_thread, (mail_thread,)
    return mail_thread, (mail_thread, make_web(site, mail_thread, health))


def make_mail_thread(
    site: App,
    health: Health,
    scope: Callable[[], SendFilter] = lambda: SendFilter(issues=False),
    overseeing: threading.Event | None = None,
) -> MailThread:
    """Make the postman of a site.

    Args:
        site: The site.
        health: Of this process.
        scope: What it may send by now.
        overseeing: Once set, it looks after the issues that workers send.
    """
    mail = site.mail_services(now, health)
    overseer = Overseer(mail.progress, site.database, site.queue, site.scanner.clocks.monotonic)

    def oversee(at: datetime) -> Sequence[Finished]:
        return overseer.oversee(at) if overseeing is not None and overseeing.is_set() else ()

    return MailThread(
        mail.membership,
        mail.sender,
        now,
        health,
        is_older_copy=lambda: is_older_copy(site.database, site.mark_file),
        scope=scope,
        finished=lambda finished: tell_of_finished(site, finished),
        oversee=oversee,
    )


def tell_of_finished(site: App, finished: Sequence[Finished]) -> None:
    """Report issues whose last message is done to log and hook."""
    for done in finished:
        log.info(
            "issue",
            state=str(done.issue.state),
            id=done.issue.key,
            subject=done.issue.subject,
            **count_json(done),
        )
    run_issue_sent(site, finished)


def run_issue_sent(site: App, finished: Sequence[Finished]) -> None:
    """Run the operator's own command for issues whose last message is done."""
    if not finished:
        return
    command = site.config.hooks.issue_sent
    if command:
        problem = site.hook(
            command, {"event": "issue_sent", "issues": [finished_json(done) for done in finished]}
        )
        if problem is not None:
            log.warning(problem.found, cure=problem.cure)


def make_web(site: App, mail_thread: MailThread, health: Health) -> WebServer:
    """Make the web side of a site beside the postman that does what it asks for."""
    from publisher.web.app import create_app
    from publisher.web.context import Web
    from publisher.web.server import WebServer

    environment, clock = templates_of(site.config), site.scanner.clocks.monotonic
    web = Web(
        site.config,
        site.database,
        mail_thread.membership,
        environment,
        now,
        clock,
        mail_thread.wake,
        health,
    )
    return WebServer(create_app(web), site.config.web, health)
