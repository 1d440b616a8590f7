"""One site as the pipeline sees it: its configuration, and the few things at the edges it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from publisher.system.worker_pool import Spread, map_serial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.delivery.workers.queue import BatchQueue
    from publisher.errors import Problem
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.models import Entry
    from publisher.posts.scanner import Clocks, Scanner
    from publisher.system.files import FileStat
    from publisher.system.restore_mark import RestoreMark


class Folder(Protocol):
    """A folder of ours, written atomically."""

    root: Path

    def write(self, relative: str, data: bytes) -> bool: ...
    def stat(self, relative: str) -> FileStat | None: ...


class PageAsker(Protocol):
    """Says why the page at an address is not up, or nothing when it is, within so many seconds."""

    def __call__(self, address: str, seconds: float) -> str: ...


@dataclass(frozen=True)
class Site:
    """Everything a round needs, put together by :mod:`publisher.app`.

    Attributes:
        config: The configuration.
        state: The database.
        queue: Knows which batches of messages workers are to send.
        looker: Looks at the posts folder; lives as long as the process, because it remembers when
            files moved.
        clocks: Of the machine.
        public: Where feeds are written.
        newsletters: Where issues are exported.
        environment: Makes the Jinja2 environment, when an issue is composed.
        read_mark: Reads ``newsletters/.mark``.
        write_mark: Writes it.
        ask_page: Asks whether a page of the site is up; never asks another server.
        tell_held: Writes to the operator of issues that a round held, inside its transaction.
        image_width: Returns the width in pixels of a local picture by its address and its post,
            or None.
        hook: Runs a configured command with a JSON payload; gives the problem it had.
        reading_fingerprint: Of what decides how files are read.
        posts_fingerprint: Of ``[posts]`` and the program's version.
        feeds_fingerprint: Of what decides how feeds look.
        map_parallel: Spreads work over the processors, where this process may fork.
    """

    config: Config
    state: Database
    queue: BatchQueue
    looker: Scanner
    clocks: Clocks
    public: Folder
    newsletters: Folder
    environment: Callable[[], Environment]
    read_mark: Callable[[], RestoreMark | None]
    write_mark: Callable[[RestoreMark], None]
    ask_page: PageAsker
    tell_held: Callable[[Transaction, Sequence[IssueRecord], datetime], None]
    image_width: Callable[[str, Entry], int | None]
    hook: Callable[[Sequence[str], Mapping[str, object]], Problem | None]
    reading_fingerprint: str
    posts_fingerprint: str
    feeds_fingerprint: str
    map_parallel: Spread = map_serial

    def issue_path(self, issue: IssueRecord) -> str | None:
        """Return an issue's HTML file, or None when it is not written.

        It is relative to the configuration's folder.
        """
        return (
            f"{self.config.output.newsletters.as_posix()}/{issue.folder}/issue.html"
            if issue.folder
            else None
        )
