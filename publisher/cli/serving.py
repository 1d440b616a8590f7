"""``publisher serve``: the web side alone; and the same inside ``publisher run``."""

from __future__ import annotations

import os
import signal
import threading
from functools import partial
from typing import TYPE_CHECKING

import structlog

from publisher.app import now, open_mailroom, open_site, state_of, templates_of
from publisher.cli.printing import config_of, console
from publisher.daemon.postman import Postman
from publisher.logs import configure_logs
from publisher.notify import Notifier
from publisher.pipeline.recalling import is_older_copy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.daemon.service import Part
    from publisher.pipeline.site import Site
    from publisher.web.server import WebServer

log = structlog.get_logger("publisher")


def serve(given: Path | None) -> int:
    """Serve pages and feeds, and deliver letters, until stopped; give the exit status."""
    config = config_of(given)
    configure_logs(config.log.format, config.log.level)
    site = open_site(config)
    postman, server = make_web(site)
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    notifier = Notifier(os.environ)
    postman.start()
    server.start()
    notifier.ready("Serving")
    log.info("serving", host=config.web.host, port=server.port, url=config.web_url)
    if os.isatty(1):
        console.print(f"Open     http://{config.web.host}:{server.port}/      (stop with Ctrl+C)")
    while not ending.wait(notifier.watchdog_interval):
        notifier.alive()
    notifier.stopping()
    server.stop()
    postman.stop()
    log.info("stopped")
    return 0


def parts_beside(site: Site) -> tuple[Part, ...]:
    """Give what ``publisher run`` runs beside its rounds: the postman, and the web side when ``web.url`` is set."""
    if site.config.web.url is not None:
        return make_web(site)
    mailroom = open_mailroom(site)
    return (Postman(mailroom.membership, mailroom.outbox, now, _copy_check(site)),)


def _copy_check(site: Site) -> Callable[[], bool]:
    return partial(is_older_copy, site.state, site.read_mark)


def make_web(site: Site) -> tuple[Postman, WebServer]:
    """Make the web side of a site and the postman that does what it asks for."""
    from publisher.web import Web, create_app
    from publisher.web.server import WebServer

    mailroom = open_mailroom(site)
    postman = Postman(mailroom.membership, mailroom.outbox, now, _copy_check(site))
    web = Web(site.config, state_of(site), mailroom.membership, templates_of(site.config), now, site.clocks.monotonic, wake=postman.wake)
    return postman, WebServer(create_app(web), site.config.web)
