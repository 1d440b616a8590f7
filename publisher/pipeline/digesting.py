"""Compose the digests that are due: one issue for each (cadence, due instant, set of posts, language), each reader once a period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from publisher.catalogue import IssueContent, IssueRecord
from publisher.changes import is_visible
from publisher.delivery.audience import matches, terms_of
from publisher.delivery.digests import Slot, Timetable, last_slot
from publisher.models import HoldReason, IssueState
from publisher.newsletter.compose import compose_digest
from publisher.pipeline.entries import EntryMaker
from publisher.pipeline.letterhead import letterhead_of
from publisher.pipeline.recalling import RESTORED_NOTE, is_older_copy
from publisher.subscribers import Cadence, State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from publisher.catalogue import Record
    from publisher.config import Config
    from publisher.pipeline.site import Site, Tables
    from publisher.subscribers import Subscriber

NAMES = {Cadence.DAILY: "Today", Cadence.WEEKLY: "This week", Cadence.MONTHLY: "This month", Cadence.EVERY_POST: "News"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Due(Protocol):
    """Something a subscriber's next digest may carry."""

    @property
    def issue(self) -> int: ...
    @property
    def subscriber(self) -> int: ...
    @property
    def cadence(self) -> Cadence: ...
    @property
    def queued(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same digest."""

    cadence: Cadence
    slot: Slot
    posts: tuple[int, ...]
    language: str


class Digester:
    """Makes the digests of one site that are due at an instant."""

    def __init__(self, site: Site, now: datetime) -> None:
        self.site, self.now = site, now
        self.timetable = timetable_of(site.config)
        self._slots: dict[tuple[Cadence, str], Slot] = {}

    def run(self) -> list[IssueRecord]:
        """Queue every digest that is due, in one transaction; give their issues.

        Nothing of an older copy is queued before a round has dealt with it.
        """
        with self.site.state.reading() as tables:
            if not tables.dues():
                return []
        if is_older_copy(self.site.state, self.site.read_mark):
            return []
        with self.site.state.transaction() as tables:
            return self._run(tables)

    def _run(self, tables: Tables) -> list[IssueRecord]:
        by_reader: dict[int, list[Due]] = {}
        for due in tables.dues():
            by_reader.setdefault(due.subscriber, []).append(due)
        rows = {record.key: record for record in tables.records()}
        issues = {issue.key: issue for issue in tables.issues(None)}
        groups: dict[Group, list[Subscriber]] = {}
        for key, dues in by_reader.items():
            person = tables.subscriber(key=key)
            if person is None or person.state is not State.ACTIVE:
                tables.drop_dues(key)
                continue
            group = self._group(tables, person, dues, rows, issues)
            if group is not None:
                groups.setdefault(group, []).append(person)
        return [self._make(tables, group, people, rows) for group, people in groups.items()]

    def _group(
        self, tables: Tables, person: Subscriber, dues: Sequence[Due], rows: dict[int, Record], issues: dict[int, IssueRecord]
    ) -> Group | None:
        chosen = person.preferences
        cadence = chosen.cadence if chosen.cadence is not Cadence.EVERY_POST else dues[-1].cadence
        slot = self._slot(cadence, chosen.zone or self.site.config.site.timezone)
        ripe = [due for due in dues if due.queued < slot.instant]
        if not ripe or tables.had_period(person.key, cadence, slot.period):
            return None
        posts = [
            post
            for due in ripe
            if (issue := issues.get(due.issue)) is not None and issue.state is not IssueState.CANCELLED
            for post in issue.posts
            if post in rows and is_visible(rows[post], self.now) and matches(chosen, terms_of(rows[post]))
        ]
        had = tables.posts_delivered(person.key, posts)
        tables.drop_dues(person.key, [due.issue for due in ripe])
        left = [post for post in dict.fromkeys(posts) if post not in had]
        left.sort(key=lambda post: (rows[post].date or datetime.min.replace(tzinfo=UTC), post), reverse=True)
        return Group(cadence, slot, tuple(left), chosen.language or self.site.config.site.language) if left else None

    def _slot(self, cadence: Cadence, zone: str) -> Slot:
        key = (cadence, zone)
        if key not in self._slots:
            self._slots[key] = last_slot(cadence, self.timetable, ZoneInfo(zone), self.now)
        return self._slots[key]

    def _make(self, tables: Tables, group: Group, people: Collection[Subscriber], rows: dict[int, Record]) -> IssueRecord:
        config = self.site.config
        entries = EntryMaker(tables, config.site.author)
        made = entries.entries([rows[post] for post in group.posts])
        letterhead = replace(letterhead_of(config), language=group.language)
        composition = compose_digest(
            made,
            letterhead,
            self.site.environment(),
            name=NAMES[group.cadence],
            content=config.newsletter.content,
            zone=config.zone,
            most=config.newsletter.digest_max,
        )
        tables.save_renders(entries.fresh)
        doubtful = self._may_have_been_sent(tables, group.slot)
        issue = IssueRecord(
            posts=group.posts,
            state=IssueState.PAUSED if doubtful else IssueState.QUEUED,
            reason=HoldReason.RESTORED if doubtful else None,
            subject=composition.subject,
            created=self.now,
            queued_at=self.now,
            digest=f"{group.cadence}:{group.slot.period}",
            audience=len(people),
        )
        content = IssueContent(composition.subject, composition.preheader, composition.html, composition.text)
        issue = replace(issue, key=tables.add_issue(issue, content))
        tables.freeze_digest(issue.key, list(people), self.now)
        for person in people:
            tables.keep_period(person.key, group.cadence, group.slot.period, issue.key)
        tables.bump()
        return issue

    @staticmethod
    def _may_have_been_sent(tables: Tables, slot: Slot) -> bool:
        """Say whether a digest was due before an older copy came back: the database that was lost may have sent it."""
        restored = tables.note(RESTORED_NOTE)
        return bool(restored) and slot.instant <= datetime.fromisoformat(restored)


def timetable_of(config: Config) -> Timetable:
    """Give the site's timetable."""
    newsletter = config.newsletter
    return Timetable(newsletter.digest_time, _DAYS.index(newsletter.digest_weekday), newsletter.digest_monthday)
