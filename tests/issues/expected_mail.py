"""Who is to get which post, worked out by hand.

A small model beside the program, which it knows only by its messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.digests.readership import Mail


GIVEN_UP = timedelta(days=100)


@dataclass
class Owed:
    """A post that a digest reader is to get.

    Attributes:
        title: Of the post.
        queued: When its issue was queued.
        since: The first time of a digest after this is theirs.
        missed: Names of digests whose time had come when they chose another cadence or zone.
        zone: Where they were when it was put off: from then on it is due there, although they want
            every post by now.
    """

    title: str
    queued: datetime
    since: datetime
    missed: tuple[str, ...] = ()
    zone: str | None = None


@dataclass
class Person:
    """A reader: what they chose, what they are owed, which digests they had."""

    cadence: str = "every post"
    zone: str = ""
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    active: bool = True
    rhythm: tuple[str, str] = ("every post", "")
    owed: dict[int, Owed] = field(default_factory=dict)
    had: set[str] = field(default_factory=set)

    def wants(self, tags: frozenset[str]) -> bool:
        """Return whether somebody wants a post of these tags."""
        return (not self.wanted or bool(self.wanted & tags)) and not self.unwanted & tags

    def slots(self, owed: Owed, until: datetime) -> Iterator[str]:
        """Name the digests that may carry what they are owed, up to an instant."""
        cadence, zone = self.rhythm
        return _slots(cadence, zone if owed.zone is None else owed.zone, owed.since, until)


@dataclass
class Article:
    """A post as the program saw it last."""

    tags: frozenset[str] = frozenset()
    published: bool = False


class Expectations:
    """Everybody's claims; each method is told what happened, and checks what came of it.

    Attributes:
        people: By name.
        posts: By title.
        issues: Post and state of the issues of posts, by number.
    """

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Article] = {}
        self.issues: dict[int, tuple[str, str]] = {}

    def choose(self, person: Person, now: datetime) -> None:
        """Somebody chose another cadence or zone.

        What was due at the old time already stays so, the rest goes at the new one.
        """
        for owed in person.owed.values():
            owed.missed += tuple(person.slots(owed, now))
            if person.cadence != "every post" and not owed.missed:
                owed.since = now
            if person.cadence != "every post":
                owed.zone = None
        if person.cadence != "every post":
            person.rhythm = (person.cadence, person.zone)

    def frozen(self, issue: int, title: str, now: datetime, mails: Iterable[Mail]) -> None:
        """An issue was queued.

        Whoever wants every post and matches has one message, whoever reads digests is owed the
        post.
        """
        self.issues[issue] = (title, "queued")
        matching = {
            name: p
            for name, p in self.people.items()
            if p.active and p.wants(self.posts[title].tags)
        }
        got = [mail.reader for mail in mails if mail.issue == issue]
        assert sorted(got) == sorted(
            name for name, p in matching.items() if p.cadence == "every post"
        ), f"issue {issue} of {title}"
        for person in matching.values():
            if person.cadence != "every post":
                person.owed[issue] = Owed(title, now, now)

    def taken_back(self, issue: int, state: str) -> None:
        """An issue is held again, or cancelled: nobody is owed it."""
        self.issues[issue] = (self.issues[issue][0], state)
        for person in self.people.values():
            person.owed.pop(issue, None)

    def digested(self, now: datetime, before: Iterable[Mail], new: list[Mail]) -> None:
        """The digests of an instant were made.

        Each reader has exactly what they are owed, in one message.
        """
        had: dict[str, set[str]] = {}
        for mail in before:
            if mail.state not in {"cancelled", "skipped"}:
                had.setdefault(mail.reader, set()).update(mail.posts)
        assert len(new) == len({mail.reader for mail in new}), "two digests at once"
        for mail in new:
            assert self.people[mail.reader].active, f"{mail.reader} left"
        for name, person in self.people.items():
            mine = next((mail for mail in new if mail.reader == name), None)
            self._check(person, had.get(name, set()), mine, now)

    def _check(self, person: Person, had: set[str], mail: Mail | None, now: datetime) -> None:
        ripe = {
            issue: owed
            for issue, owed in person.owed.items()
            if owed.missed or any(person.slots(owed, now))
        }
        names = {
            name for owed in ripe.values() for name in (*owed.missed, *person.slots(owed, now))
        }
        expected = {
            owed.title
            for issue, owed in ripe.items()
            if self._is_deliverable(person, issue, owed, had)
        }
        carried = set(mail.posts) if mail is not None else set()
        assert not carried & had, "a post came twice"
        if carried != expected:
            assert not carried, "a digest carries something else"
            assert names & person.had, "somebody misses a post"
        if mail is not None:
            assert len(mail.posts) == len(carried), "a post stands twice in a digest"
            assert mail.digest not in person.had, "a period came twice"
            person.had.add(mail.digest)
        put_off = bool(expected) and not carried
        for issue, owed in ripe.items():
            given_up = owed.queued < now - GIVEN_UP and not put_off
            if owed.title in carried | had or given_up:
                del person.owed[issue]
            else:
                owed.since, owed.missed, owed.zone = now, (), person.zone

    def _is_deliverable(self, person: Person, issue: int, owed: Owed, had: set[str]) -> bool:
        post = self.posts[owed.title]
        goes = self.issues[issue][1] in {"queued", "sent"}
        return goes and post.published and person.wants(post.tags) and owed.title not in had

    def misses(self, name: str, had: set[str]) -> list[str]:
        """Return what somebody is still owed and could have."""
        person = self.people[name]
        return [
            owed.title
            for issue, owed in person.owed.items()
            if self._is_deliverable(person, issue, owed, had)
        ]


def _slots(cadence: str, zone: str, after: datetime, until: datetime) -> Iterator[str]:
    """Name the digests whose time, eight in the morning, is after one instant and up to another."""
    local = ZoneInfo(zone or "UTC")
    day = after.astimezone(local).date()
    while day <= until.astimezone(local).date():
        year, week, weekday = day.isocalendar()
        days = {
            "daily": f"{day}",
            "weekly": f"{year}-W{week:02d}" if weekday == 1 else "",
            "monthly": f"{day:%Y-%m}" if day.day == 1 else "",
        }
        if (
            days.get(cadence)
            and after < datetime.combine(day, time(8), local).astimezone(UTC) <= until
        ):
            yield f"{cadence}:{days[cadence]}"
        day += timedelta(days=1)
