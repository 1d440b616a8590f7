"""What a round is made of: what it reads before it decides, and the decision itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteStateStore, is_restored
from publisher.issues.models import Settings
from publisher.posts.bodies import StoredBodies
from publisher.posts.scanner import PATIENCE
from publisher.posts.store import PostStore
from publisher.posts.terms import fold_term
from publisher.publishing.options import Known, Options
from publisher.system.urls import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.database.site_state import SiteState
    from publisher.errors import Problem
    from publisher.feeds.documents import FeedSettings
    from publisher.feeds.planner import FeedPlanner
    from publisher.newsletter.issue import IssueRecord
    from publisher.newsletter.models import ComposerSettings
    from publisher.posts.records import PostRecord
    from publisher.posts.scan import FolderScan, ScanResult
    from publisher.posts.scanner import Scanner
    from publisher.publishing.decisions.models import Changes
    from publisher.publishing.edits import Kept
    from publisher.publishing.unchanged import UnchangedCheck
    from publisher.system.restore_mark import RestoreMark, RestoreMarkFile


_CHECKOUT = 10
"""For so many times as long as a file must be left alone, posts that are missing may still come."""


@dataclass
class RoundParts:
    """What a round of one site is made of, and what the last one left.

    Attributes:
        database: Of the site.
        scanner: Looks at the posts folder; lives as long as the process, because it remembers when
            files moved.
        feeds: What writing feeds takes.
        composing: What composing issues takes.
        mark_file: Tells an older copy of the database.
        ask_page: Asks whether a page of the site is up within so many seconds; never asks another
            server.
        tell_held: Writes to the operator of issues that a round held, inside its transaction.
        hook: Runs a configured command with a JSON payload; returns the problem it had.
        reading_fingerprint: Of what decides how files are read.
        posts_fingerprint: Of ``[posts]`` and the program's version.
    """

    database: Database
    scanner: Scanner
    feeds: FeedSettings
    composing: ComposerSettings
    mark_file: RestoreMarkFile
    ask_page: Callable[[str, float], str]
    tell_held: Callable[[Transaction, Sequence[IssueRecord], datetime], None]
    hook: Callable[[Sequence[str], Mapping[str, object]], Problem | None]
    reading_fingerprint: str
    posts_fingerprint: str
    _kept: Kept | None = field(default=None, init=False)
    _unchanged: UnchangedCheck | None = field(default=None, init=False)
    _missing_since: float | None = field(default=None, init=False)
    _planner: FeedPlanner | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.config, self._monotonic = self.feeds.config, self.scanner.clocks.monotonic

    def _feed_planner(self) -> FeedPlanner:
        """Return who plans the feeds: what it sorted for one round serves the next."""
        from publisher.feeds.planner import FeedPlanner

        if self._planner is None:
            self._planner = FeedPlanner(self.feeds, self.database)
        return self._planner

    def _memory(self) -> SiteState:
        with self.database.reading_core() as transaction:
            return SiteStateStore(transaction).memory()

    def _known(self) -> Known:
        with self.database.reading_core() as transaction:
            kept = self._kept
            if kept is None or kept.counter != SiteStateStore(transaction).memory().counter:
                return Known.of(transaction)
            rows = sorted(kept.records.values(), key=_by_path)
            return Known.of(transaction, rows)

    def _settings(self, known: Known, mark: RestoreMark | None, options: Options) -> Settings:
        config, identity = self.config, self.database.identity()
        newsletter = config.newsletter
        return Settings(
            max_age=newsletter.max_age,
            burst=newsletter.burst,
            delay=newsletter.delay,
            include=frozenset(map(fold_term, newsletter.include)),
            exclude=frozenset(map(fold_term, newsletter.exclude)),
            manual=newsletter.approval == "manual",
            one_shot=options.one_shot,
            may_come=not (options.one_shot or options.asked) and self._may_come(),
            page_origin=(
                origin_of(config.site.url) if config.sends and newsletter.wait_for_page else ""
            ),
            restored=is_restored(known.memory, mark, identity),
            mark_counter=mark.counter if mark is not None else 0,
            identity=identity,
            reading=self.reading_fingerprint,
            posts=self.posts_fingerprint,
            adopted=tuple(known.adopted),
            accept_deletions=options.accept_deletions,
            accept_clock=options.accept_clock,
            accept_hidden=options.accept_hidden,
            zone=config.zone,
        )

    def _look(
        self, scan: FolderScan, known: Known, settings: Settings, now: datetime, options: Options
    ) -> ScanResult:
        return self.scanner.look(
            scan,
            known.records,
            max(now, known.memory.latest or now),
            again=known.memory.reading != settings.reading,
            first_run=not known.memory.scanned,
            patient=options.one_shot,
        )

    def _may_come(self) -> bool:
        """Return whether posts that are missing may be on their way.

        A checkout of another branch deletes before it writes.
        """
        now = self._monotonic()
        since = self._missing_since if self._missing_since is not None else now
        return now - since < min(PATIENCE, _CHECKOUT * self.scanner.settle.total_seconds())

    def _decide(
        self,
        known: Known,
        scan_result: ScanResult,
        settings: Settings,
        now: datetime,
        transaction: Transaction | None = None,
    ) -> Changes:
        """Decide, inside a transaction where there is one."""
        from publisher.publishing.decisions.decide import decide

        unpack = self.scanner.unpack
        bodies = (
            StoredBodies(unpack, PostStore(transaction).load_bodies)
            if transaction is not None
            else StoredBodies.of(self.database, unpack)
        )
        return decide(known.memory, known.records, known.issues, scan_result, settings, now, bodies)


def _by_path(record: PostRecord) -> tuple[str, int]:
    return record.path, record.key
