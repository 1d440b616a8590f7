"""Which feed documents are on disk as they were written.

What a round asks first, before it plans any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from publisher.feeds.models import FeedsReport
from publisher.feeds.store import FeedStore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from publisher.database.connection import Transaction
    from publisher.database.site_state import SiteState
    from publisher.feeds.models import WrittenDocument
    from publisher.publishing.site import Site


def are_planned(site: Site, memory: SiteState) -> bool:
    """Check whether what was written is what the catalogue and the settings ask for now."""
    return not memory.feeds_dirty and memory.feeds_fingerprint == site.feeds_fingerprint


class Documents(NamedTuple):
    """What was written of one site.

    Attributes:
        known: Documents by path, as the database remembers them.
        lost: Paths of those that are not there as they were written.
    """

    known: Mapping[str, WrittenDocument]
    lost: Collection[str]

    @classmethod
    def of(cls, site: Site, transaction: Transaction) -> Documents:
        """Ask the database and the disk."""
        known = FeedStore(transaction).documents()
        return cls(
            known,
            {path for path, document in known.items() if site.public.stat(path) != document.stat},
        )

    def report_current(self, site: Site, memory: SiteState) -> FeedsReport | None:
        """Return the report of feeds that are up to date, or None when they are not."""
        if not are_planned(site, memory) or self.lost or not self.known:
            return None
        return FeedsReport(unchanged=len(self.known) + 1)
