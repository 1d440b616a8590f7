"""Which feed documents are on disk as they were written.

What a round asks first, before it plans any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from publisher.feeds.models import FeedsReport
from publisher.feeds.store import FeedStore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.feeds.models import WrittenDocument
    from publisher.system.files import OutputFolder
    from publisher.system.worker_pool import Spread


@dataclass(frozen=True)
class FeedSettings:
    """What writing the feeds of a site takes.

    Attributes:
        config: The configuration.
        public: Where feeds are written.
        fingerprint: Of what decides how feeds look.
        map_parallel: Spreads work over the processors, where this process may fork.
    """

    config: Config
    public: OutputFolder
    fingerprint: str
    map_parallel: Spread

    def are_current(self, memory: SiteState) -> bool:
        """Return whether what was written is what catalogue and settings ask for now."""
        return not memory.feeds_dirty and memory.feeds_fingerprint == self.fingerprint


class Documents(NamedTuple):
    """What was written of one site.

    Attributes:
        known: Documents by path, as the database remembers them.
        lost: Paths of those that are not there as they were written.
    """

    known: Mapping[str, WrittenDocument]
    lost: Collection[str]

    @classmethod
    def of(cls, public: OutputFolder, transaction: Transaction) -> Documents:
        """Ask the database and the disk."""
        known = FeedStore(transaction).documents()
        return cls(
            known,
            {path for path, document in known.items() if public.stat(path) != document.stat},
        )

    def report_current(self, settings: FeedSettings, memory: SiteState) -> FeedsReport | None:
        """Return the report of feeds that are up to date, or None when they are not."""
        if not settings.are_current(memory) or self.lost or not self.known:
            return None
        return FeedsReport(unchanged=len(self.known) + 1)
