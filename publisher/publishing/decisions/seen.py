"""Bring the rows of a round up to what was seen of their files, before any decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.models import NO_FRONT_MATTER, Kind
from publisher.posts.records import KnownAs, Record
from publisher.publishing.decisions.matching import losers_of_ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.posts.scan import Look, Sightings
    from publisher.publishing.decisions.matching import Matched


@dataclass(frozen=True, slots=True)
class Seen:
    """What the folder's files are now.

    Attributes:
        sightings: What the folder shows.
        matched: Which row each file has, as it was.
        rows: Rows by path as they are now, of every file that has one.
        problems: Of files that have none, or that were still being written when a one-shot gave up
            waiting.
        look_again: A file was not quiet yet.
    """

    sightings: Sightings
    matched: Matched
    rows: Mapping[str, Record]
    problems: tuple[Problem, ...]
    look_again: bool


def see(matched: Matched, sightings: Sightings, instant: datetime, *, one_shot: bool) -> Seen:
    """Give every present file's row as it is after this round's look at it."""
    losers = losers_of_ids(matched.rows, sightings)
    rows: dict[str, Record] = {}
    problems: list[Problem] = []
    look_again = False
    for path in sorted(sightings.present):
        look = sightings.looks.get(path)
        row = _merge(path, matched)
        if path in losers:
            problems += [losers[path]] if row is None else []
            row = row and row._replace(
                path=path,
                kind=Kind.INVALID,
                problems=(losers[path],),
                decided_hash="",
                gone_at=None,
            )
        elif look is not None:
            look_again |= not look.quiet
            row = look_into(row, path, look, instant)
            if not look.quiet and look.facts is None and one_shot:
                problems += look.reading.problems
        if row is not None:
            rows[path] = row
    return Seen(sightings, matched, rows, tuple(problems), look_again)


def _merge(path: str, matched: Matched) -> Record | None:
    """Give the row of a path.

    An older row that takes another's place takes over what that one's file is.
    """
    old = matched.rows.get(path)
    given = matched.merged.get(old.key, ()) if old is not None else ()
    if old is None or not given:
        return old
    copy = given[0]
    return old._replace(
        path=path, stat=copy.stat, source_hash=copy.source_hash, kind=copy.kind, reason=copy.reason,
        problems=copy.problems, facts=copy.facts or old.facts, gone_at=None,
    )  # fmt: skip


def look_into(row: Record | None, path: str, look: Look, instant: datetime) -> Record | None:
    """Return the row as it is after a look.

    It is the old one, or none, where a half-written file does not read yet.
    """
    reading = look.reading
    kind, reason = _doubted(row, look)
    if kind is not Kind.POST and not look.quiet:
        return row
    if row is None:
        return Record(
            path,
            look.stat,
            look.source_hash,
            kind,
            instant,
            0,
            reason,
            reading.problems,
            look.facts,
        )
    seen = row._replace(
        path=path, stat=look.stat, source_hash=look.source_hash, kind=kind, reason=reason,
        problems=reading.problems, facts=look.facts or row.facts, gone_at=None,
    )  # fmt: skip
    if look.facts is not None:
        return seen
    if kind is Kind.IGNORED and reason == NO_FRONT_MATTER and row.facts is not None:
        lost = "It is empty or lost its front matter; the last good version stays."
        cure = "Put the front matter back, or delete the file if the post is meant to go."
        return seen._replace(
            kind=Kind.INVALID, reason="", problems=(Problem(path, 1, Level.ERROR, lost, cure),)
        )
    return seen


def _doubted(row: Record | None, look: Look) -> tuple[Kind, str]:
    """Give what a look says the file is, and why.

    A word nobody knows hides what is not in the feeds already.
    """
    reading, doubt = look.reading, look.facts.doubt if look.facts is not None else ""
    if not doubt or (row is not None and row.known_as is KnownAs.PUBLISHED):
        return reading.kind, reading.reason
    return Kind.IGNORED, f"{doubt}, which is no word known here"
