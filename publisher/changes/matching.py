"""Which row of the catalogue a file belongs to: its own, that of a file that vanished, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.changes.model import BURST_WINDOW
from publisher.models import Announcement, HoldReason, Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from publisher.catalogue import Facts, Record
    from publisher.changes.model import Look, Sightings

_KNOWN_NEWS = frozenset({Announcement.ANNOUNCED, Announcement.BASELINE, Announcement.PENDING})


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows by the path their file has now.

    Attributes:
        rows: The row of every present path that has one, as it was; a taken-over row still carries its old path.
        vanished: Rows whose file is gone since the last scan and that nobody took over.
        merged: Rows of renamed copies that gave way to the older row, by the older row's key.
    """

    rows: Mapping[str, Record]
    vanished: tuple[Record, ...]
    merged: Mapping[int, Record]


def match(records: Iterable[Record], sightings: Sightings) -> Matched:
    """Find each file's row: the one of its path, else one that vanished with the same id, address or content.

    A held copy ("renamed or copied") takes over the row it resembles as soon as that one's file is gone.
    """
    living = {record.path: record for record in records if record.gone_at is None}
    tombstones = sorted((r for r in records if r.gone_at is not None), key=_gone_last_first)
    rows = {path: record for path, record in living.items() if path in sightings.present}
    vanished = [living[path] for path in sorted(living.keys() - sightings.present)]
    merged: dict[int, Record] = {}
    for path, copy in sorted(rows.items()):
        older = _original_of(copy, vanished)
        if older is not None:
            rows[path], merged[older.key] = older, copy
            vanished.remove(older)
    free = _Orphans([*vanished, *tombstones])
    for path in sorted(sightings.looks.keys() - rows.keys()):
        orphan = free.take(path, sightings.looks[path])
        if orphan is not None:
            rows[path] = orphan
    taken = {record.key for record in rows.values()}
    return Matched(rows, tuple(record for record in vanished if record.key not in taken), merged)


def _gone_last_first(record: Record) -> tuple[float, str]:
    return (-record.gone_at.timestamp() if record.gone_at else 0.0, record.path)


def _original_of(copy: Record, vanished: Iterable[Record]) -> Record | None:
    if copy.resembles is None or copy.why != HoldReason.RESEMBLES or copy.announcement is Announcement.ANNOUNCED:
        return None
    return next((record for record in vanished if record.key == copy.resembles), None)


class _Orphans:
    """Rows without a file, by what a new path may share with them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by: dict[tuple[str, str], list[Record]] = {}
        self._taken: set[int] = set()
        for record in records:
            self._add("bytes", record.source_hash, record)
            if record.facts is not None:
                self._add("id", record.facts.explicit_id or "", record)
                self._add("url", record.facts.url, record)
                self._add("words", record.facts.words, record)

    def _add(self, what: str, value: str, record: Record) -> None:
        if value:
            self._by.setdefault((what, value), []).append(record)

    def take(self, path: str, look: Look) -> Record | None:
        """Take the row that shares id, address or content with this look, the same path first."""
        facts = look.facts
        shared = [("bytes", look.source_hash)]
        if facts is not None:
            shared = [("id", facts.explicit_id or ""), ("url", facts.url), ("words", facts.words), *shared]
        for key in shared:
            candidates = [record for record in self._by.get(key, ()) if record.key not in self._taken]
            candidates.sort(key=lambda record: record.path != path)
            if candidates:
                self._taken.add(candidates[0].key)
                return candidates[0]
        return None


class Resemblance:
    """Posts whose news is out, or on its way, and that live or were lost just now (rule "renamed or copied").

    Two copies that appear together count too: the first in path order is news, the other resembles it.
    """

    def __init__(self, records: Iterable[Record], instant: datetime) -> None:
        self._words: dict[str, list[Record]] = {}
        self._titles: dict[tuple[str, datetime], list[Record]] = {}
        for record in records:
            if record.gone_at is None or instant - record.gone_at <= BURST_WINDOW:
                self.add(record)

    def add(self, record: Record) -> None:
        """Let later posts be compared with this one too."""
        if record.facts is None or record.announcement not in _KNOWN_NEWS:
            return
        self._words.setdefault(record.facts.words, []).append(record)
        if record.facts.published is not None:
            self._titles.setdefault((record.facts.title, record.facts.published), []).append(record)

    def of(self, facts: Facts, key: int, *, new: bool) -> Record | None:
        """Give the post that a newly published one resembles, other than its own row ``key``.

        The same words count for every post; the same title and date only for ``new`` ones, because an author may well publish
        a corrected draft under the old title.
        """
        alike = [*self._words.get(facts.words, ())]
        if new and facts.published is not None:
            alike += self._titles.get((facts.title, facts.published), ())
        return next((record for record in alike if not record.key or record.key != key), None)


def losers_of_ids(rows: Mapping[str, Record], sightings: Sightings) -> dict[str, Problem]:
    """Find files that claim an id another file has: the catalogued path wins, then path order."""
    owners: dict[str, str] = {}
    for path, row in rows.items():
        claimed = row.facts.explicit_id if row.facts is not None and path not in sightings.looks else None
        if claimed is not None:
            owners[claimed] = path
    problems: dict[str, Problem] = {}
    known = [path for path in sightings.looks if _claims_before(rows.get(path), sightings.looks[path])]
    new = sightings.looks.keys() - set(known)
    for path in [*sorted(known), *sorted(new)]:
        facts = sightings.looks[path].facts
        if facts is None or facts.explicit_id is None:
            continue
        owner = owners.setdefault(facts.explicit_id, path)
        if owner != path:
            found = f"It claims the id {facts.explicit_id!r}, which {owner} has."
            problems[path] = Problem(path, 1, Level.ERROR, found, "Give this file an id (or permalink) of its own.")
    return problems


def _claims_before(row: Record | None, look: Look) -> bool:
    """Say whether the catalogue already knew this file under the id it claims."""
    if row is None or row.facts is None or look.facts is None:
        return False
    return row.facts.explicit_id == look.facts.explicit_id
