"""Which row of the catalogue a file belongs to.

Its own, that of a file that vanished, or a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.newsletter.issue import HoldReason
from publisher.posts.models import Announcement
from publisher.posts.records import KnownAs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from publisher.posts.records import PostRecord
    from publisher.posts.scan import ScannedFile, ScanResult
    from publisher.publishing.decisions.resemblance import Comparison


_NOT_OUT = frozenset({Announcement.NONE, Announcement.PENDING})


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows by the path their file has now.

    Attributes:
        rows: The row of every present path that has one, as it was; a taken-over row still carries
            its old path.
        vanished: Rows whose file is gone since the last scan and that nobody took over.
        merged: Rows that gave way to an older row, by the older row's key; the one whose file is
            there comes first.
        redirected: Rows without a file that resembled one that gave way, and now resemble the one
            it gave way to.
    """

    rows: Mapping[str, PostRecord]
    vanished: tuple[PostRecord, ...]
    merged: Mapping[int, Sequence[PostRecord]]
    redirected: tuple[PostRecord, ...] = ()


def match(
    records: Iterable[PostRecord], scan_result: ScanResult, comparison: Comparison
) -> Matched:
    """Find each file's row.

    It is the one of its path, else one that vanished with the same id, address or content.

    A held copy ("renamed or copied") takes over the row it resembles as soon as that one's file is
    gone; so does a new file that was not decided about before the other was lost. Their own rows
    give way.
    """
    given = list(records)
    living = {record.path: record for record in given if record.gone_at is None}
    tombstones = sorted((r for r in given if r.gone_at is not None), key=_gone_last_first)
    rows = {path: record for path, record in living.items() if path in scan_result.present}
    vanished = {
        living[path].key: living[path] for path in sorted(living.keys() - scan_result.present)
    }
    merged: dict[int, Sequence[PostRecord]] = {}
    for path, copy in sorted(rows.items()):
        line = list(_originals(copy, vanished, scan_result, comparison))
        if line:
            rows[path] = line[-1]
            merged[line[-1].key] = (copy, *line[:-1])
            for record in line:
                del vanished[record.key]
    new = {
        path: look
        for path, look in sorted(scan_result.files.items())
        if path not in rows or _is_undecided(rows[path])
    }
    for path, orphan in _adopt(new, [*vanished.values(), *tombstones], comparison).items():
        if path in rows:
            merged[orphan.key] = (rows[path],)
        rows[path] = orphan
        vanished.pop(orphan.key, None)
    return _redirect(Matched(rows, tuple(vanished.values()), merged), tombstones)


def _gone_last_first(record: PostRecord) -> tuple[float, str]:
    return (-record.gone_at.timestamp() if record.gone_at else 0.0, record.path)


def _is_undecided(row: PostRecord) -> bool:
    """Check whether a file with a row is still as new as one without.

    It was seen before, but nothing was decided about it.
    """
    return (
        row.known_as is KnownAs.UNKNOWN
        and row.announcement is Announcement.NONE
        and not row.decided_hash
        and not row.why
    )


def _originals(
    copy: PostRecord,
    vanished: Mapping[int, PostRecord],
    scan_result: ScanResult,
    comparison: Comparison,
) -> Iterator[PostRecord]:
    """Yield the row that a held copy takes over, and before it those it resembles by way of.

    These are copies of a copy that vanished together.
    """
    look, left = scan_result.files.get(copy.path), dict(vanished)
    facts = look.facts if look is not None and look.facts is not None else copy.facts
    while _gives_way(copy) and copy.resembles is not None and copy.resembles in left:
        original = left.pop(copy.resembles)
        # A copy that is no longer held may have become another post: copied to begin the next one
        # with, for example.
        if copy.announcement is Announcement.NONE and (
            facts is None or not comparison.is_same(facts, original)
        ):
            return
        yield original
        copy = original


def _gives_way(copy: PostRecord) -> bool:
    return copy.why == HoldReason.RESEMBLES and copy.announcement in _NOT_OUT


def _redirect(matched: Matched, tombstones: Sequence[PostRecord]) -> Matched:
    """Point what resembled a row that gave way to the row it gave way to."""
    now = {record.key: older for older, given in matched.merged.items() for record in given}
    if not now:
        return matched

    def redirect(record: PostRecord) -> PostRecord:
        if record.resembles not in now:
            return record
        older = now[record.resembles]
        return record._replace(resembles=older if older != record.key else None)

    rows = {path: redirect(record) for path, record in matched.rows.items()}
    taken = {record.key for record in rows.values()}
    buried = tuple(
        redirect(record)
        for record in tombstones
        if record.resembles in now and record.key not in taken
    )
    return Matched(rows, tuple(map(redirect, matched.vanished)), matched.merged, buried)


def _adopt(
    new: Mapping[str, ScannedFile], orphans: Sequence[PostRecord], comparison: Comparison
) -> dict[str, PostRecord]:
    """Return the rows without a file that new files take over.

    Certain matches are made for all files before any likely one.
    """
    if not new or not orphans:
        return {}
    free = _Orphans(comparison.complete(orphans), comparison)
    for what in _WHAT:
        for path in [path for path in new if path not in free.taken]:
            free.take(path, new[path], what)
    rest = {path: look for path, look in new.items() if path not in free.taken}
    return free.taken | comparison.pair(rest, free.left())


_WHAT = ("id", "url", "words", "body", "bytes")
"""What a new file may share with a row without a file, the surest first."""


class _Orphans:
    """Rows without a file, by what a new path may share with them.

    Attributes:
        taken: Those that were taken, by new path.
    """

    def __init__(self, records: Sequence[PostRecord], comparison: Comparison) -> None:
        self._comparison, self._records = comparison, records
        self._by: dict[tuple[str, str], list[PostRecord]] = {}
        self._keys: set[int] = set()
        self.taken: dict[str, PostRecord] = {}
        for record in records:
            facts = record.facts
            shared = (
                ("", "", "", "")
                if facts is None
                else (facts.explicit_id or "", facts.url, facts.words, facts.body)
            )
            for what, value in zip(_WHAT, (*shared, record.source_hash), strict=True):
                if value:
                    self._by.setdefault((what, value), []).append(record)

    def left(self) -> Iterator[PostRecord]:
        """Yield those that nobody took."""
        return (record for record in self._records if record.key not in self._keys)

    def take(self, path: str, look: ScannedFile, what: str) -> None:
        """Take the row that shares id, address or content with this look.

        The same path comes first, then the same title and day.
        """
        facts = look.facts
        shared = (
            ("", "", "", "")
            if facts is None
            else (facts.explicit_id or "", facts.url, facts.words, facts.body)
        )
        value = dict(zip(_WHAT, (*shared, look.source_hash), strict=True))[what]
        fitting = [
            r
            for r in self._by.get((what, value), ())
            if r.key not in self._keys and self._fits(look, r, what)
        ]
        if fitting:
            chosen = min(fitting, key=lambda record: self._distance(path, look, record))
            self._keys.add(chosen.key)
            self.taken[path] = chosen

    def _fits(self, look: ScannedFile, record: PostRecord, what: str) -> bool:
        if what in {"id", "url"}:
            return True
        if look.facts is None or record.facts is None:
            return what == "bytes"
        return self._comparison.is_same(look.facts, record)

    def _distance(
        self, path: str, look: ScannedFile, record: PostRecord
    ) -> tuple[bool, bool, bool]:
        one, other = look.facts, record.facts
        if one is None or other is None:
            return record.path != path, False, False
        return (
            record.path != path,
            one.title != other.title,
            self._comparison.day(one) != self._comparison.day(other),
        )


def losers_of_ids(rows: Mapping[str, PostRecord], scan_result: ScanResult) -> dict[str, Problem]:
    """Find files that claim an id another file has: the catalogued path wins, then path order."""
    owners: dict[str, str] = {}
    for path, row in rows.items():
        claimed = (
            row.facts.explicit_id
            if row.facts is not None and path not in scan_result.files
            else None
        )
        if claimed is not None:
            owners[claimed] = path
    problems: dict[str, Problem] = {}
    known = [
        path
        for path in scan_result.files
        if _claims_before(rows.get(path), scan_result.files[path])
    ]
    new = scan_result.files.keys() - set(known)
    for path in [*sorted(known), *sorted(new)]:
        facts = scan_result.files[path].facts
        if facts is None or facts.explicit_id is None:
            continue
        owner = owners.setdefault(facts.explicit_id, path)
        if owner != path:
            found = f"It claims the id {facts.explicit_id!r}, which {owner} has."
            problems[path] = Problem(
                path, 1, Level.ERROR, found, "Give this file an id (or permalink) of its own."
            )
    return problems


def _claims_before(row: PostRecord | None, look: ScannedFile) -> bool:
    """Return whether the catalogue already knew this file under the id it claims."""
    if row is None or row.facts is None or look.facts is None:
        return False
    return row.facts.explicit_id == look.facts.explicit_id
