"""The composition root: from a configuration to a Site and what works on it.

Only here everything meets.
"""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from publisher import __version__
from publisher.database.database import Database
from publisher.database.site_state import SiteStateStore
from publisher.delivery.workers.queue import open_queue
from publisher.errors import ForeignStateError
from publisher.issues.restore_guard import notice_copy
from publisher.markup.models import rst_available
from publisher.posts.columns import pack_source, unpack_body
from publisher.posts.folder import PostsFolder
from publisher.posts.images import LocalImages
from publisher.posts.scanner import Clocks, Scanner
from publisher.publishing.site import Site
from publisher.system.files import OutputFolder
from publisher.system.hooks import run_hook
from publisher.system.restore_mark import read_mark, write_mark
from publisher.system.spool import Spool
from publisher.system.templates import templates_of
from publisher.system.worker_pool import map_parallel, map_serial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.newsletter.issue import IssueRecord


CATALOGUE = "4"
"""Changes when a round remembers something else of the same files: the next round then reads all of
them."""


def now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


def machine_clocks() -> Clocks:
    """Return the machine's clocks."""
    return Clocks(time.monotonic, time.time_ns, time.sleep)


def open_site(
    config: Config,
    track: Callable[[Sequence[str]], Iterable[str]] | None = None,
    *,
    may_fork: bool = False,
) -> Site:
    """Open the state and put a site together.

    Args:
        config: The configuration.
        track: Tells somebody how far a long reading of the folder is; nobody when absent.
        may_fork: This process has no other threads, and may do much of one kind in several
            processes.

    Raises:
        StateError: The state cannot be used.
        ForeignStateError: It belongs to another configuration.
    """
    state = Database.open(config.state_folder, config.state.url)
    queue = open_queue(config.delivery.queue, state)
    _claim(state, config)
    notice_copy(state, lambda: read_mark(config.newsletters_folder))
    newsletters = OutputFolder(config.newsletters_folder, private=True)
    folder, clocks = PostsFolder(config), machine_clocks()
    looker = Scanner(
        folder,
        clocks,
        config.posts.settle,
        config.site.url,
        config.posts.url,
        pack_source,
        unpack_body,
    )
    looker.spool = lambda: Spool(config.state_folder).put
    if track is not None:
        looker.track = track
    if may_fork:
        looker.map_parallel = map_parallel
    posts = _digest(config.posts.model_dump_json(), __version__)
    return Site(
        config=config,
        state=state,
        queue=queue,
        looker=looker,
        clocks=clocks,
        public=OutputFolder(config.public_folder),
        newsletters=newsletters,
        environment=cache(lambda: templates_of(config)),
        read_mark=lambda: read_mark(config.newsletters_folder),
        write_mark=lambda mark: write_mark(newsletters, mark),
        ask_page=lambda address, seconds: _ask_page(config.site.url, address, seconds),
        tell_held=partial(_tell_held, config),
        image_width=LocalImages(config).width_of,
        hook=lambda command, payload: run_hook(command, payload, folder=config.path.parent),
        reading_fingerprint=_digest(
            posts,
            config.site.url,
            config.site.language,
            config.site.timezone,
            str(rst_available()),
            CATALOGUE,
        ),
        posts_fingerprint=posts,
        feeds_fingerprint=_digest(
            config.site.model_dump_json(), config.feeds.model_dump_json(), __version__
        ),
        map_parallel=map_parallel if may_fork else map_serial,
    )


def _tell_held(
    config: Config, transaction: Transaction, issues: Sequence[IssueRecord], instant: datetime
) -> None:
    """Write to the operator, where one is named."""
    if config.notify.email is None or not issues:
        return
    from publisher.database.secret_keys import NAME, load_keyring  # noqa: PLC0415
    from publisher.mail.operator_alerts import OperatorAlerts  # noqa: PLC0415

    keyring = load_keyring(config.state_folder / NAME, may_make=not config.state.url)
    OperatorAlerts(config, lambda: keyring, lambda: templates_of(config)).held(
        transaction, issues, instant
    )


def _ask_page(site_url: str, address: str, seconds: float) -> str:
    from publisher.publishing.page_check import ask_page  # noqa: PLC0415

    return ask_page(site_url, address, seconds)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _claim(state: Database, config: Config) -> None:
    """Remember which configuration this state belongs to.

    Another one is refused while that one exists.
    """
    from dataclasses import replace  # noqa: PLC0415 - one use

    mine = str(config.path)
    with state.reading_core() as transaction:
        memory = SiteStateStore(transaction).memory()
    if memory.config_path == mine:
        return
    if memory.config_path and Path(memory.config_path).exists():
        raise ForeignStateError(
            f"The state in {config.state_folder} belongs to {memory.config_path}.",
            cure=(
                "Give each configuration its own [state] folder, [output] public and [output]"
                " newsletters."
            ),
        )
    with state.writing_core() as transaction:
        SiteStateStore(transaction).save_site_state(replace(memory, config_path=mine))
