"""Compose the digests that are due.

One issue for each (cadence, due instant, set of posts, language), each reader once a period.

::

    due rows whose time has come --choose--> groups of readers --compose--> issue + messages (one
    transaction a group)
                                       |
                                       +--> nothing to carry: put off, or dropped

What is due is chosen twice: first to learn which digests there are, so that composing them keeps
nobody else from writing, then again in the transaction that queues one, because readers leave and
change their minds meanwhile. Whoever's choice is another by then is left for the next round.
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.database.site_state import (
    RESTORED_NOTE,
    SiteStateStore,
    instant_of,
    is_restored,
    write_mark,
)
from publisher.delivery.audience_store import AudienceStore
from publisher.digests.groups import Group
from publisher.digests.schedule import RULES, SlotPlanner
from publisher.digests.selection import SelectionReader
from publisher.digests.store import DueStore
from publisher.errors import Level, Problem, UncomposedError
from publisher.newsletter.composer import IssueComposer
from publisher.newsletter.issue import HoldReason, IssueLine, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.posts.entries import EntryMaker
from publisher.posts.store import PostStore
from publisher.subscribers.models import Cadence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.database.connection import Transaction
    from publisher.database.database import Database
    from publisher.digests.selection import DigestSelection
    from publisher.newsletter.models import ComposerSettings, Composition
    from publisher.system.restore_mark import RestoreMark, RestoreMarkFile

    Chosen = dict[tuple[DigestSelection, Cadence, str], list[int]]
    """Readers by what becomes of what is due to them, by cadence and by zone."""


_TIMETABLE_NOTE = "timetable"
"""Note that says by which timetable digests were planned."""
_BATCH = 1000
"""Readers looked at at a time."""


class DigestComposer:
    """Makes the digests of one site that are due at an instant.

    Attributes:
        lines: The issues that were made, as reports show them.
        problems: What composing and exporting found.
    """

    def __init__(
        self,
        settings: ComposerSettings,
        database: Database,
        mark_file: RestoreMarkFile,
        now: datetime,
    ) -> None:
        self.settings, self.database, self.mark_file, self.now = settings, database, mark_file, now
        self.config = settings.config
        self.lines: list[IssueLine] = []
        self.problems: list[Problem] = []
        self._composed: dict[
            tuple[Cadence, tuple[int, ...], str], tuple[Composition, EntryMaker]
        ] = {}

    def run(self) -> list[IssueLine]:
        """Queue every digest that is due; return their issues.

        None goes while the clock is set back, or from an older copy of the database that no round
        has dealt with: nobody knows then what was sent already.
        """
        mark = self.mark_file.read()
        with self.database.reading() as transaction:
            instant = self._instant(transaction, mark)
            first = DueStore(transaction).next_digest() if instant is not None else None
            noted = SiteStateStore(transaction).note(_TIMETABLE_NOTE) if first is not None else ""
        if instant is None or first is None:
            return []
        planner = SlotPlanner(self.config, instant)
        if noted != planner.fingerprint:
            self._plan_again(planner, instant, known=bool(noted))
        if first <= instant:
            self._make_all(planner, instant, mark)
        if self.lines:
            write_mark(self.database, self.mark_file)
        return self.lines

    def _instant(self, transaction: Transaction, mark: RestoreMark | None) -> datetime | None:
        """Return the instant to decide with, or None while no digest may go."""
        memory = SiteStateStore(transaction).memory()
        instant, set_back = instant_of(memory, self.now, accept_clock=False)
        return (
            None
            if set_back is not None or is_restored(memory, mark, self.database.identity())
            else instant
        )

    def _plan_again(self, planner: SlotPlanner, instant: datetime, *, known: bool) -> None:
        """Follow a changed timetable.

        What is due already goes as it was planned, and the first one is the one in use.
        """
        with self.database.transaction() as transaction:
            if known:
                DueStore(transaction).replan_everybody(planner.slot, instant)
            SiteStateStore(transaction).save_note(_TIMETABLE_NOTE, planner.fingerprint)

    def _make_all(self, planner: SlotPlanner, instant: datetime, mark: RestoreMark | None) -> None:
        groups: dict[Group | None, array[int]] = {}
        with self.database.reading() as transaction:
            for found in self._grouped(
                transaction, instant, DueStore(transaction).ripe_readers(instant)
            ):
                for group, choices in found.items():
                    for keys in choices.values():
                        groups.setdefault(group, array("q")).extend(keys)
        others = groups.pop(None, array("q"))
        for group, readers in groups.items():
            assert group is not None
            self._make(group, readers, planner, instant, mark)
        self._put_off(others, planner, instant)

    def _grouped(
        self, transaction: Transaction, instant: datetime, readers: Sequence[int]
    ) -> Iterator[dict[Group | None, Chosen]]:
        """Sort these readers by the digest they get, a batch at a time.

        Under None are those who get none.
        """
        chooser = SelectionReader(transaction, instant)
        restored = SiteStateStore(transaction).note(RESTORED_NOTE)
        until = datetime.fromisoformat(restored) if restored else datetime.min.replace(tzinfo=UTC)
        known: dict[tuple[DigestSelection, str], Group | None] = {}
        for start in range(0, len(readers), _BATCH):
            found: dict[Group | None, Chosen] = {}
            for reader, choice in chooser.choices(readers[start : start + _BATCH]):
                key = (choice, reader.language)
                if key not in known:
                    known[key] = self._group(chooser, choice, reader.language, until)
                found.setdefault(known[key], {}).setdefault(
                    (choice, reader.cadence, reader.zone), []
                ).append(reader.key)
            yield found

    def _group(
        self, chooser: SelectionReader, choice: DigestSelection, language: str, restored: datetime
    ) -> Group | None:
        if not choice.posts:
            return None
        slot, recalled = choice.slot, choice.first <= restored
        posts = chooser.newest_first(choice.posts)
        return Group(
            slot.cadence,
            slot.at,
            slot.period,
            posts,
            language or self.config.site.language,
            recalled,
        )

    def _make(
        self,
        group: Group,
        readers: Sequence[int],
        planner: SlotPlanner,
        instant: datetime,
        mark: RestoreMark | None,
    ) -> None:
        """Queue one digest for those of these readers who are still to get it, if there are any."""
        try:
            composition, entries = self._compose(group, instant)
        except UncomposedError as error:
            # What is due stays due, and is tried again a minute later.
            said = f"The digest of {group.period} cannot be composed: {error.message}"
            self.problems.append(Problem("", None, Level.ERROR, said, error.cure))
            return
        issue = None
        with self.database.transaction() as transaction:
            if self._instant(transaction, mark) is None:
                return
            for found in self._grouped(transaction, instant, readers):
                chosen = found.get(group, {})
                if chosen and issue is None:
                    issue = self._add(transaction, group, composition, entries, instant)
                if chosen and issue is not None:
                    keys = [key for same in chosen.values() for key in same]
                    AudienceStore(transaction).enqueue_for(issue.key, keys, instant)
                    DueStore(transaction).keep_period(issue.key, keys, group.cadence, group.period)
                    _settle(transaction, chosen, planner)
            if issue is None:
                return
            issue = replace(issue, audience=AudienceStore(transaction).count_audience(issue.key))
            IssueStore(transaction).update_issues([issue])
            if issue.state is IssueState.QUEUED:
                transaction.queue_up(issue.key)
            SiteStateStore(transaction).increment_revision()
            rows = PostStore(transaction).records_of(group.posts)
        self.lines.append(
            IssueLine(
                issue,
                tuple(rows[post].path for post in group.posts),
                self.settings.issue_path(issue),
            )
        )

    def _compose(self, group: Group, instant: datetime) -> tuple[Composition, EntryMaker]:
        """Compose a digest, once for all who get the same."""
        key = (group.cadence, group.posts, group.language)
        if key not in self._composed:
            with self.database.reading() as transaction:
                entries = EntryMaker(PostStore(transaction), self.config.site.author)
                rows = PostStore(transaction).records_of(group.posts)
                composer = IssueComposer(self.settings, entries, transaction, instant)
                composition = composer.compose_digest(
                    [rows[post] for post in group.posts], RULES[group.cadence].title, group.language
                )
            self.problems += [*entries.problems, *composition.problems]
            self._composed[key] = composition, entries
        return self._composed[key]

    def _add(
        self,
        transaction: Transaction,
        group: Group,
        composition: Composition,
        entries: EntryMaker,
        instant: datetime,
    ) -> IssueRecord:
        issue = IssueRecord(
            posts=group.posts,
            state=IssueState.PAUSED if group.recalled else IssueState.QUEUED,
            subject=composition.subject,
            created=instant,
            reason=HoldReason.RESTORED if group.recalled else None,
            queued_at=instant,
            digest=f"{group.cadence}:{group.period}",
        )
        composer = IssueComposer(self.settings, entries, transaction, instant)
        issue, content = composer.keep_digest(issue, composition, str(group.cadence))
        self.problems += composer.problems
        PostStore(transaction).save_renders(entries.fresh)
        key = IssueStore(transaction).add_issue(issue, content)
        kept = IssueStore(transaction).issue(key)
        assert kept is not None
        return kept

    def _put_off(self, readers: Sequence[int], planner: SlotPlanner, instant: datetime) -> None:
        """Postpone what no digest could carry now to the next one, or forget it."""
        for start in range(0, len(readers), _BATCH):
            with self.database.transaction() as transaction:
                for found in self._grouped(transaction, instant, readers[start : start + _BATCH]):
                    _settle(transaction, found.get(None, {}), planner)


def _settle(transaction: Transaction, chosen: Chosen, planner: SlotPlanner) -> None:
    """Forget what was carried or cannot be, and put off the rest."""
    for (choice, chosen_cadence, zone), readers in chosen.items():
        if choice.carried or choice.dropped:
            DueStore(transaction).drop_dues(readers, (*choice.carried, *choice.dropped))
        if choice.waiting:
            cadence = (
                chosen_cadence if chosen_cadence is not Cadence.EVERY_POST else choice.slot.cadence
            )
            DueStore(transaction).put_off(
                readers, choice.waiting, cadence, planner.slot(cadence, zone)
            )
