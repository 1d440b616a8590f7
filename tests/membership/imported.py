"""A database into which lists are brought."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.database.database import Database
from publisher.membership.csv_columns import recognise
from publisher.membership.importer import Importer
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Key, Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.membership.importer import ImportReport
    from publisher.subscribers.models import SubscriberState


NOW = datetime(2026, 3, 2, tzinfo=UTC)
RING = Keyring((Key.of(b"k" * 32),))


class Imported:
    """A database into which lists are brought."""

    def __init__(self, folder: Path, url: str) -> None:
        self.state = Database.open(folder, url)
        self.refused: list[tuple[int, str, str]] = []

    def bring(self, text: str, *, consent: str = "", dry_run: bool = False) -> ImportReport:
        """Bring a file in."""
        rows = csv.reader(io.StringIO(text), delimiter=max(",;", key=text.split("\n", 1)[0].count))
        layout = recognise(next(rows))
        assert layout is not None
        importer = Importer(
            self.state,
            RING,
            layout,
            consent,
            "list.csv",
            lambda *row: self.refused.append(row),
            dry_run=dry_run,
        )
        return importer.run(((rows.line_num, cells) for cells in rows), NOW)

    def states(self) -> dict[str, SubscriberState]:
        """Return everybody's state."""
        with self.state.reading() as transaction:
            return {
                person.address: person.state
                for person in SubscriberStore(transaction).all_subscribers()
            }
