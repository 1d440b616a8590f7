"""Bring the rows of a round up to what was seen of their files, before any decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.models import NO_FRONT_MATTER, FileKind
from publisher.posts.records import KnownAs, PostRecord
from publisher.publishing.decisions.matching import losers_of_ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from publisher.posts.scan import ScannedFile, ScanResult
    from publisher.publishing.decisions.matching import Matched


@dataclass(frozen=True, slots=True)
class Seen:
    """What the folder's files are now.

    Attributes:
        scan_result: What the folder shows.
        matched: Which row each file has, as it was.
        rows: Rows by path as they are now, of every file that has one.
        problems: Of files that have none, or that were still being written when a one-shot gave up
            waiting.
        look_again: A file was not quiet yet.
    """

    scan_result: ScanResult
    matched: Matched
    rows: Mapping[str, PostRecord]
    problems: tuple[Problem, ...]
    look_again: bool


def see(matched: Matched, scan_result: ScanResult, instant: datetime, *, one_shot: bool) -> Seen:
    """Return every present file's row as it is after this round's look at it."""
    losers = losers_of_ids(matched.rows, scan_result)
    rows: dict[str, PostRecord] = {}
    problems: list[Problem] = []
    look_again = False
    for path in sorted(scan_result.present):
        look = scan_result.files.get(path)
        row = _merge(path, matched)
        if path in losers:
            problems += [losers[path]] if row is None else []
            row = row and row._replace(
                path=path,
                kind=FileKind.INVALID,
                problems=(losers[path],),
                decided_hash="",
                gone_at=None,
            )
        elif look is not None:
            look_again |= not look.settled
            row = look_into(row, path, look, instant)
            if not look.settled and look.facts is None and one_shot:
                problems += look.reading.problems
        if row is not None:
            rows[path] = row
    return Seen(scan_result, matched, rows, tuple(problems), look_again)


def _merge(path: str, matched: Matched) -> PostRecord | None:
    """Return the row of a path.

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


def look_into(
    row: PostRecord | None, path: str, look: ScannedFile, instant: datetime
) -> PostRecord | None:
    """Return the row as it is after a look.

    It is the old one, or none, where a half-written file does not read yet.
    """
    reading = look.reading
    kind, reason = _doubted(row, look)
    if kind is not FileKind.POST and not look.settled:
        return row
    if row is None:
        return PostRecord(
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
    if kind is FileKind.IGNORED and reason == NO_FRONT_MATTER and row.facts is not None:
        lost = "It is empty or lost its front matter; the last good version stays."
        cure = "Put the front matter back, or delete the file if the post is meant to go."
        return seen._replace(
            kind=FileKind.INVALID, reason="", problems=(Problem(path, 1, Level.ERROR, lost, cure),)
        )
    return seen


def _doubted(row: PostRecord | None, look: ScannedFile) -> tuple[FileKind, str]:
    """Return what a look says the file is, and why.

    A word nobody knows hides what is not in the feeds already.
    """
    reading, doubt = look.reading, look.facts.doubt if look.facts is not None else ""
    if not doubt or (row is not None and row.known_as is KnownAs.PUBLISHED):
        return reading.kind, reading.reason
    return FileKind.IGNORED, f"{doubt}, which is no word known here"
