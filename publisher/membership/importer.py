"""Bring an exported list in, batch by batch.

Consent kept, who left stays away, doubles merged, bad rows told by line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from publisher.membership.csv_rows import Row, RowError, read_row, worse
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.states import StateChange, is_away_by_misreading, move
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.membership.csv_columns import Layout
    from publisher.subscribers.tokens import Keyring


BATCH = 5000
"""Rows in one transaction and in memory."""

_SUSPECT = frozenset(
    {SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED}
)


@dataclass
class ImportReport:
    """What became of the rows.

    Attributes:
        added: New and active.
        kept_away: New, but gone there (unsubscribed, bounced, complained): kept so that they stay
            away.
        brought_back: Away only because version 0.1.0 misread such a file: active again.
        merged: On the list already, or twice in the file.
        refused: Not taken, with a line in the report file.
        without_consent: Of those, rows whose file proves no consent.
    """

    added: int = 0
    kept_away: int = 0
    brought_back: int = 0
    merged: int = 0
    refused: int = 0
    without_consent: int = 0


@dataclass
class Importer:
    """Imports one file.

    Attributes:
        state: The database.
        keyring: Knows who must not come back.
        layout: What the columns mean.
        consent: How consent was given, by the operator's word, for rows that prove none.
        source: Name of the file, for the record.
        refuse: Told of each row that is not taken: line, address, reason.
        dry_run: Decide and count, write nothing.
    """

    state: Database
    keyring: Keyring
    layout: Layout
    consent: str
    source: str
    refuse: Callable[[int, str, str], None]
    dry_run: bool = False
    report: ImportReport = field(default_factory=ImportReport)

    def run(self, rows: Iterable[tuple[int, Sequence[str]]], now: datetime) -> ImportReport:
        """Bring the rows in.

        Args:
            rows: Line number and cells.
            now: Aware; people become active now, whatever their file says.
        """
        with self.state.reading() as transaction:
            forgotten = SubscriberStore(transaction).all_forgotten()
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            people = self._read(batch, forgotten)
            if self.dry_run:
                with self.state.reading() as transaction:
                    self._take(transaction, people, now)
            else:
                with self.state.transaction() as transaction:
                    self._take(transaction, people, now)
        return self.report

    def _read(
        self, batch: Iterable[tuple[int, Sequence[str]]], forgotten: Collection[str]
    ) -> dict[str, Row]:
        """Read rows; doubles become one, in the worst of their states."""
        people: dict[str, Row] = {}
        for line, cells in batch:
            if not any(cell.strip() for cell in cells):
                continue
            try:
                row = self._checked(read_row(cells, self.layout), forgotten)
            except RowError as error:
                self._refused(line, cells, str(error))
                continue
            double = people.get(row.address.folded)
            if double is not None:
                self.report.merged += 1
                row = worse(double, row)
            people[row.address.folded] = row
        return people

    def _checked(self, row: Row, forgotten: Collection[str]) -> Row:
        if forgotten and any(
            print_ in forgotten for print_ in self.keyring.fingerprints(row.address.folded)
        ):
            raise RowError("this person asked to be forgotten")
        if row.state is SubscriberState.PENDING:
            raise RowError("never confirmed there")
        if row.state is SubscriberState.ACTIVE and not (row.proof or self.consent):
            self.report.without_consent += 1
            raise RowError("the file proves no consent")
        return row

    def _refused(self, line: int, cells: Sequence[str], reason: str) -> None:
        self.report.refused += 1
        number = self.layout.columns["email"]
        self.refuse(line, cells[number] if number < len(cells) else "", reason)

    def _take(self, transaction: Transaction, people: dict[str, Row], now: datetime) -> None:
        known = SubscriberStore(transaction).subscribers_by_folded(people)
        fresh: list[tuple[Subscriber, Event]] = []
        for folded, row in people.items():
            if folded in known:
                self.report.merged += 1
                self._merge(transaction, known[folded], row, now)
            else:
                fresh.append(self._fresh(row, now))
        self.report.added += sum(person.state is SubscriberState.ACTIVE for person, _ in fresh)
        self.report.kept_away += sum(
            person.state is not SubscriberState.ACTIVE for person, _ in fresh
        )
        if not self.dry_run:
            SubscriberStore(transaction).add_many(fresh)

    def _fresh(self, row: Row, now: datetime) -> tuple[Subscriber, Event]:
        active = now if row.state is SubscriberState.ACTIVE else None
        person = Subscriber(
            row.address.typed, row.address.folded, row.state, now, row.preferences, activated=active
        )
        return person, self._event(row, row.state, now)

    def _merge(self, transaction: Transaction, known: Subscriber, row: Row, now: datetime) -> None:
        if row.state in _SUSPECT:
            # Their own click here counts more than what they did there.
            if known.state is not SubscriberState.ACTIVE or any(
                event.what == StateChange.CONFIRM
                for event in SubscriberStore(transaction).events(known.key)
            ):
                return
            changed = replace(known, state=row.state)
        else:
            mistaken = row.was_misread and is_away_by_misreading(
                known, SubscriberStore(transaction).events(known.key)
            )
            # A mistake is undone as if the address had never been on the list: nobody but a file
            # took it off.
            state = move(None if mistaken else known.state, StateChange.IMPORT)
            if state is known.state:
                return
            self.report.brought_back += mistaken
            changed = replace(known, state=state, activated=now)
        if not self.dry_run:
            SubscriberStore(transaction).update_subscriber(
                changed, self._event(row, changed.state, now)
            )

    def _event(self, row: Row, state: SubscriberState, now: datetime) -> Event:
        wording = row.proof or self.consent
        if state is not SubscriberState.ACTIVE:
            wording = f"{state} there ({row.why})" + (f"; {row.proof}" if row.proof else "")
        return Event(now, str(StateChange.IMPORT), state, f"import of {self.source}", "", wording)
