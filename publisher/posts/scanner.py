"""Scan the posts folder: read what changed, and know which files were left alone long enough."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.file_reading import FileReading, read_file
from publisher.posts.models import Announcement, FileKind, Reading
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs, PostRecord
from publisher.posts.scan import ScannedFile, ScanResult
from publisher.system.files import FileStat
from publisher.system.worker_pool import Spread, map_serial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from publisher.posts.file_reading import Folder
    from publisher.posts.models import Post
    from publisher.posts.scan import FolderScan

    Keep = Callable[[tuple[bytes, bytes]], Callable[[], tuple[bytes, bytes]]]


PATIENCE = 10.0
"""Seconds a one-shot waits for files that are still being written."""

MANY = 500
"""So many files are kept out of memory."""

_NO_STAT = FileStat(0, 0, 0)
_SETTLED = frozenset({Announcement.ANNOUNCED, Announcement.BASELINE, Announcement.SKIPPED})


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of the machine, handed in by the outermost layer.

    Attributes:
        monotonic: Seconds that never go back.
        file_time: Nanoseconds of the epoch, as files are stamped.
        sleep: Waits for seconds.
    """

    monotonic: Callable[[], float]
    file_time: Callable[[], int]
    sleep: Callable[[float], None]


def _in_memory(pair: tuple[bytes, bytes]) -> Callable[[], tuple[bytes, bytes]]:
    return lambda: pair


def _untold(paths: Sequence[str]) -> Iterable[str]:
    return paths


@dataclass
class Scanner:
    """Scans the folder, round after round; remembers since when a file has looked the same.

    Attributes:
        folder: What is scanned.
        clocks: Of the machine.
        settle: How long a file must have been left alone.
        site_url: For ids.
        preset: ``posts.url``, for ids.
        pack: Packs a post and its body for the catalogue.
        unpack: Gives the body of what was packed.
        track: Goes through the paths that are read, and may tell somebody how far it is.
        spool: Makes a place where the sources of many files wait until they are stored: it takes
            one, and gives what gives it back.
        map_parallel: Reads many files; by one process after the other, unless the process may fork.
    """

    folder: Folder
    clocks: Clocks
    settle: timedelta
    site_url: str
    preset: str
    pack: Callable[[Post, str], tuple[bytes, bytes]]
    unpack: Callable[[bytes], str]
    track: Callable[[Sequence[str]], Iterable[str]] = _untold
    map_parallel: Spread = map_serial
    spool: Callable[[], Keep] = lambda: _in_memory
    _since: dict[str, tuple[FileStat, float]] = field(default_factory=dict)

    def look(
        self,
        scan: FolderScan,
        records: Iterable[PostRecord],
        instant: datetime,
        *,
        again: bool,
        first_run: bool,
        patient: bool,
    ) -> ScanResult:
        """Read what is new, changed or undecided.

        Args:
            scan: The folder as it is.
            records: The catalogue.
            instant: For telling what would be announced.
            again: Read every file, because what decides how they are read changed.
            first_run: Nothing is announced by this round.
            patient: A one-shot: wait for files that would be announced or that do not read.
        """
        rows = {record.path: record for record in records if record.gone_at is None}
        if not scan.readable:
            return ScanResult(frozenset(), {}, self._missing(scan))
        paths = [
            path for path, stat in scan.stats.items() if again or _must_read(rows.get(path), stat)
        ]
        # Asked for first: whoever tells of it may do so in a thread, and threads must not be there
        # when processes are forked.
        examined = self.map_parallel(self._examine, paths, 1)
        together = zip(examined, self.track(paths), strict=True)
        keep = self.spool() if len(paths) >= MANY else _in_memory
        files = {
            path: self._seen(path, scan.stats[path], found, keep, rows.get(path))
            for found, path in together
            if not found.is_gone
        }
        for problem in scan.problems:
            files[problem.path] = ScannedFile(
                _NO_STAT,
                "",
                Reading(problem.path, FileKind.INVALID, problems=(problem,)),
                None,
                settled=True,
            )
        self._since = {
            path: seen
            for path, seen in self._since.items()
            if path in files and not files[path].settled
        }
        if patient:
            self._wait(files, rows, instant, first_run=first_run)
        return ScanResult(frozenset(scan.stats.keys() | files.keys()), files)

    def look_at(self, path: str) -> ScannedFile | None:
        """Read one file that an earlier scan found.

        It is None where a whole scan is to say what became of it.
        """
        stat = self.folder.stat(path)
        return self._seen(path, stat, self._examine(path)) if stat is not None else None

    def _missing(self, scan: FolderScan) -> Problem:
        if scan.problems:
            return replace(scan.problems[0], level=Level.ERROR)
        found = (
            f"The posts folder {self.folder.root} is not there: nothing is deleted, the feeds stay"
            " as they are."
        )
        return Problem("", None, Level.ERROR, found, "Bring it back, or correct posts.folder.")

    def _examine(self, path: str) -> FileReading:
        return read_file(
            self.folder, path, site_url=self.site_url, preset=self.preset, pack=self.pack
        )

    def _seen(
        self,
        path: str,
        scanned: FileStat,
        found: FileReading,
        keep: Keep = _in_memory,
        row: PostRecord | None = None,
    ) -> ScannedFile:
        """Make of what reading a file gave a scanned file, in this process.

        It knows since when the file has looked the same.

        What is as it was, in the scan or in its row, is the one object: after an upgrade there are
        as many as posts.
        """
        reading = Reading(path, found.kind, reason=found.reason, problems=found.problems)
        is_settled = found.stat is None or self._is_settled(path, found.stat)
        source = keep(found.source) if found.source is not None else None
        stat = found.stat if found.stat is not None and found.stat != scanned else scanned
        digest, facts = found.source_hash, found.facts
        if row is not None:
            digest = row.source_hash if row.source_hash == digest else digest
            facts = row.facts if row.facts == facts else facts
        return ScannedFile(stat, digest, reading, facts, is_settled, source)

    def _is_settled(self, path: str, stat: FileStat) -> bool:
        """Check whether a file was last written ``settle`` ago, or did not change over two scans.

        The first is told by the file's own stamp; the scans are that far apart.
        """
        settle = self.settle.total_seconds()
        if self.clocks.file_time() - stat.mtime_ns >= settle * 1e9:
            return True
        now = self.clocks.monotonic()
        seen, since = self._since.setdefault(path, (stat, now))
        if seen != stat:
            self._since[path] = (stat, now)
            return settle == 0
        return now - since >= settle

    def _wait(
        self,
        files: dict[str, ScannedFile],
        rows: Mapping[str, PostRecord],
        instant: datetime,
        *,
        first_run: bool,
    ) -> None:
        """Scan again, a few seconds at most, what is being written.

        It is what would be announced, or does not read.
        """
        deadline, again = self.clocks.monotonic() + PATIENCE, False
        while self.clocks.monotonic() < deadline:
            waiting = [
                path
                for path, file in files.items()
                if not file.settled
                and _worth_waiting(file, rows.get(path), instant, first_run=first_run)
            ]
            if not waiting:
                break
            self.clocks.sleep(min(max(self.settle.total_seconds(), 0.05), 1.0))
            again = True
            self._scan_again(files, waiting)
        if again:
            # The time has passed for the others too.
            self._scan_again(files, [path for path, file in files.items() if not file.settled])

    def _scan_again(self, files: dict[str, ScannedFile], paths: Iterable[str]) -> None:
        for path in paths:
            before, found = files.pop(path), self._examine(path)
            if not found.is_gone:
                files[path] = self._seen(path, before.stat, found)


def _must_read(row: PostRecord | None, stat: FileStat) -> bool:
    if row is None or row.stat != stat or not row.source_hash:
        return True
    return row.decided_hash != row.source_hash


def _worth_waiting(
    file: ScannedFile, row: PostRecord | None, instant: datetime, *, first_run: bool
) -> bool:
    if file.facts is None:
        return file.reading.kind is FileKind.INVALID or (row is not None and row.facts is not None)
    if first_run or (row is not None and row.announcement in _SETTLED):
        return False
    seen = PostRecord(
        file.reading.path,
        file.stat,
        file.source_hash,
        FileKind.POST,
        first_seen=instant,
        facts=file.facts,
    )
    return status_at(seen, instant) is KnownAs.PUBLISHED
