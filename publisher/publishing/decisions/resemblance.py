"""Which post another one is, or is like.

The same body, or most of its lines under the same date (rule "renamed or copied").

Hashes tell most of it. Bodies are asked for only where a date is the same and no hash is: those of
one day at a time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from publisher.posts.models import Announcement
from publisher.posts.summary import hash_body
from publisher.publishing.decisions.models import BURST_WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from publisher.posts.records import PostRecord, PostSummary
    from publisher.posts.scan import ScannedFile, ScanResult
    from publisher.publishing.decisions.models import Bodies


T = TypeVar("T")

_KNOWN_NEWS = frozenset({Announcement.ANNOUNCED, Announcement.BASELINE, Announcement.PENDING})
_ENOUGH = 0.6
"""Of a post's lines, so many make another of the same date the same post."""
_FEW_LINES = 5
"""Below so many, words are counted instead."""
_MUCH_LONGER = 0.3
"""Where a few words are less than this of a text, it is another: every long text has them."""
_TELLING_WORDS = 10
"""Two short posts of one day that both live are not told by fewer words."""
_MOST_PAIRS = 2500
"""More pairs of one day are not compared: that is no author's rename, and the rule "bulk" holds
what comes of it."""
_MOST_LIVING = 500
_BATCH = 50


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two posts are compared with besides their facts.

    Attributes:
        instant: Of the round.
        zone: Of the site; tells which day an instant is of.
        bodies: Gives bodies where facts do not tell.
    """

    instant: datetime
    zone: tzinfo
    bodies: Bodies

    def is_recent(self, record: PostRecord) -> bool:
        """Return whether a row's file is there, or was lost just now."""
        return record.gone_at is None or self.instant - record.gone_at <= BURST_WINDOW

    def day(self, facts: PostSummary) -> date | None:
        """Return the day a post is dated, as its author sees it."""
        return facts.published.astimezone(self.zone).date() if facts.published is not None else None

    def is_same(self, facts: PostSummary, record: PostRecord) -> bool:
        """Return whether a new file is the post of a row without a file, by its body.

        Of a row that was lost just now a long body is enough, a short one needs the same title or
        date. One lost long ago must have the same date: this week's "Open thread" is not last
        week's.
        """
        other = record.facts
        if other is None or not _same_body(facts, other):
            return False
        same_title, same_day = facts.title == other.title, self.day(facts) == self.day(other)
        if not self.is_recent(record):
            return same_day and (facts.published is not None or facts.is_long or same_title)
        return facts.is_long or same_title or (same_day and facts.published is not None)

    def complete(self, records: Iterable[PostRecord]) -> list[PostRecord]:
        """Return the rows with the hashes of their bodies.

        An older version did not write those, and only rows that were lost just now get them.
        """
        given = list(records)
        bare = [
            r.key for r in given if r.facts is not None and not r.facts.body and self.is_recent(r)
        ]
        if not bare:
            return given
        hashes = {
            key: hash_body(text)
            for batch in _batches(bare)
            for key, text in self.bodies.kept(batch).items()
        }
        return [_with_body(record, hashes.get(record.key)) for record in given]

    def pair(
        self, news: Mapping[str, ScannedFile], lost: Iterable[PostRecord]
    ) -> dict[str, PostRecord]:
        """Find new files that have most of the lines of a row lost just now, under the same date.

        The likest come first.

        Args:
            news: Looks at them, by path.
            lost: Rows without a file.

        Returns:
            Rows by new path; each once.
        """
        files: dict[date, list[str]] = {}
        rows: dict[date, list[PostRecord]] = {}
        for path, look in news.items():
            if look.facts is not None and (day := self.day(look.facts)) is not None:
                files.setdefault(day, []).append(path)
        for record in lost:
            if (
                record.facts is not None
                and self.is_recent(record)
                and (day := self.day(record.facts)) in files
            ):
                rows.setdefault(day, []).append(record)
        paired: dict[str, PostRecord] = {}
        for day, records in sorted(rows.items()):
            if len(records) * len(files[day]) <= _MOST_PAIRS:
                paired |= self._pair_of_day({path: news[path] for path in files[day]}, records)
        return paired

    def _pair_of_day(
        self, news: Mapping[str, ScannedFile], lost: Sequence[PostRecord]
    ) -> dict[str, PostRecord]:
        texts = {path: self.bodies.seen(look) for path, look in news.items()}
        rows = {record.key: record for record in lost}
        shares = sorted(
            (-share_of(old, new), path, key)
            for batch in _batches(list(rows))
            for key, old in self.bodies.kept(batch).items()
            for path, new in texts.items()
        )
        paired: dict[str, PostRecord] = {}
        for share, path, key in shares:
            if -share >= _ENOUGH and path not in paired and key in rows:
                paired[path] = rows.pop(key)
        return paired


def _same_body(one: PostSummary, other: PostSummary) -> bool:
    """Check whether two posts have the same body.

    Where an older version kept no hash of it, title and body must be the same.
    """
    if one.body and other.body:
        return one.body == other.body
    return one.words == other.words


def _with_body(record: PostRecord, hashed: tuple[str, bool] | None) -> PostRecord:
    if hashed is None or record.facts is None:
        return record
    body, is_long = hashed
    return record._replace(facts=record.facts._replace(body=body, is_long=is_long))


def share_of(old: str, new: str) -> float:
    """Return which part of a text's lines another one has, from 0 to 1.

    A text of few lines is compared by words; an empty one gives 0.
    """
    lines, others = _lines_of(old), _lines_of(new)
    if lines.total() >= _FEW_LINES:
        return (lines & others).total() / lines.total()
    words, new_words = Counter(old.split()), Counter(new.split())
    common = (words & new_words).total()
    if not common or common < _MUCH_LONGER * new_words.total():
        return 0.0
    return common / words.total()


def _lines_of(text: str) -> Counter[str]:
    return Counter(line.strip() for line in text.splitlines() if line.strip())


class Resemblance:
    """Posts whose news is out, or on its way, and that live or were lost just now.

    Two copies that appear together count too: the first in path order is news, the other resembles
    it.
    """

    def __init__(
        self, records: Iterable[PostRecord], scan_result: ScanResult, comparison: Comparison
    ) -> None:
        self._looks, self._comparison = scan_result.files, comparison
        self._news: list[PostRecord] = []
        self._words: dict[str, list[PostRecord]] = {}
        self._bodies: dict[str, list[PostRecord]] = {}
        self._titles: dict[tuple[str, datetime], list[PostRecord]] = {}
        for record in records:
            if comparison.is_recent(record):
                self.add(record)

    def add(self, record: PostRecord) -> None:
        """Add a post that later ones are compared with."""
        if record.facts is None or record.announcement not in _KNOWN_NEWS:
            return
        self._news.append(record)
        self._words.setdefault(record.facts.words, []).append(record)
        self._bodies.setdefault(record.facts.body, []).append(record)
        if record.facts.published is not None:
            self._titles.setdefault((record.facts.title, record.facts.published), []).append(record)

    def of(self, row: PostRecord, *, new: bool, lines: bool) -> PostRecord | None:
        """Return the post that a newly published one resembles, other than itself.

        The same body counts for every post. Title and date, and most of the lines, count only for
        ``new`` ones, because an author may well publish a corrected draft under the old title;
        lines only where ``lines`` are worth reading bodies for.
        """
        facts = row.facts
        assert facts is not None
        alike = [*self._words.get(facts.words, ())]
        if facts.body:
            bodies = self._bodies.get(facts.body, ())
            alike += [
                record
                for record in bodies
                if facts.is_long or (new and self._same_day(facts, record))
            ]
        if new and facts.published is not None:
            alike += self._titles.get((facts.title, facts.published), ())
        found = next((record for record in alike if not _is_one(record, row)), None)
        if found is None and new and lines and facts.published is not None:
            found = self._with_lines_of(row, facts)
        return found

    def _same_day(self, facts: PostSummary, record: PostRecord) -> bool:
        return (
            facts.published is not None
            and record.facts is not None
            and self._comparison.day(facts) == self._comparison.day(record.facts)
        )

    def _with_lines_of(self, row: PostRecord, facts: PostSummary) -> PostRecord | None:
        """Return the post of the same day of which this one has most."""
        same_day = [
            record
            for record in self._news
            if not _is_one(record, row) and self._same_day(facts, record)
        ][-_MOST_LIVING:]
        if not same_day:
            return None
        (text,) = [text for _, text in self._texts([row])]
        best, found = _ENOUGH, None
        for record, old in self._texts(same_day):
            is_telling = record.gone_at is not None or len(old.split()) >= _TELLING_WORDS
            share = share_of(old, text) if is_telling else 0.0
            if share >= best:
                best, found = share, record
        return found

    def _texts(self, records: Sequence[PostRecord]) -> Iterator[tuple[PostRecord, str]]:
        """Yield the bodies of rows: as they were read in this round, else as they are kept."""
        for batch in _batches(records):
            seen = [
                self._looks.get(record.path) if record.gone_at is None else None for record in batch
            ]
            kept = self._comparison.bodies.kept(
                [
                    r.key
                    for r, look in zip(batch, seen, strict=True)
                    if look is None or look.source is None
                ]
            )
            for record, look in zip(batch, seen, strict=True):
                is_seen = look is not None and look.source is not None
                yield (
                    record,
                    (
                        self._comparison.bodies.seen(look)
                        if is_seen and look is not None
                        else kept.get(record.key, "")
                    ),
                )


def _is_one(record: PostRecord, row: PostRecord) -> bool:
    """Return whether two records are of one post; those of new files have no number yet."""
    return record.key == row.key if record.key or row.key else record.path == row.path


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
