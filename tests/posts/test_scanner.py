"""Looking at the folder: what is read, what is quiet, what is waited for; clocks are handed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from publisher.errors import Level, Problem
from publisher.posts.columns import pack_source, unpack_body
from publisher.posts.models import FileKind, Post, Reading, SourceFile, Vanished
from publisher.posts.records import PostRecord
from publisher.posts.scan import FolderScan
from publisher.posts.scanner import MANY, Clocks, Scanner
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


NOW = datetime(2026, 3, 2, tzinfo=UTC)


class FakeFolder:
    """A folder of named texts with stamps; it counts what is read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, tuple[bytes, int]] = {}
        self.reads: list[str] = []

    def scan(self) -> FolderScan:
        """Stat every file."""
        return FolderScan(
            {path: FileStat(len(data), stamp, 1) for path, (data, stamp) in self.files.items()},
            {},
            (),
            readable=True,
        )

    def read(self, path: str) -> SourceFile | Problem:
        """Read one."""
        self.reads.append(path)
        if path not in self.files:
            return Vanished(path, None, Level.ERROR, "It is not there any more.", "")
        data, stamp = self.files[path]
        return SourceFile(path, FileStat(len(data), stamp, 1), data)

    def stat(self, path: str) -> FileStat | None:
        """Look at one."""
        data, stamp = self.files[path]
        return FileStat(len(data), stamp, 1)

    def understand(self, file: SourceFile) -> Reading:
        """A file that says "bad" does not read."""
        if file.data == b"bad":
            return Reading(file.path, FileKind.INVALID)
        return Reading(
            file.path,
            FileKind.POST,
            Post(file.path, "x", "T", "s", "https://example.org/s/", published=NOW),
            file.data.decode(),
        )


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.while_asleep: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds
        self.while_asleep()

    def clocks(self) -> Clocks:
        """Return all three."""
        return Clocks(lambda: self.seconds, lambda: int(self.seconds * 1e9), self.sleep)


@pytest.fixture
def folder(tmp_path: Path) -> FakeFolder:
    """An empty folder."""
    return FakeFolder(tmp_path)


def _scanner(folder: FakeFolder, clock: FakeClock) -> Scanner:
    return Scanner(
        folder,
        clock.clocks(),
        timedelta(seconds=1),
        "https://example.org",
        "/{slug}/",
        pack_source,
        unpack_body,
    )


def _look(
    scanner: Scanner,
    records: tuple[PostRecord, ...] = (),
    *,
    patient: bool = False,
    again: bool = False,
    first_run: bool = False,
) -> dict[str, bool]:
    scan_result = scanner.look(
        scanner.folder.scan(), records, NOW, again=again, first_run=first_run, patient=patient
    )
    return {path: look.settled for path, look in scan_result.files.items()}


def test_only_what_is_new_changed_or_undecided_is_read(folder: FakeFolder) -> None:
    """Ten thousand unchanged files cost ten thousand stats and no read."""
    folder.files = {
        "same.md": (b"x", 1),
        "moved.md": (b"x", 2),
        "undecided.md": (b"x", 1),
        "new.md": (b"x", 1),
    }
    records = tuple(
        PostRecord(
            path,
            FileStat(1, 1, 1),
            "h",
            FileKind.POST,
            NOW,
            decided_hash="" if path.startswith("un") else "h",
        )
        for path in ("same.md", "moved.md", "undecided.md")
    )
    scanner = _scanner(folder, FakeClock())
    _look(scanner, records)
    assert sorted(folder.reads) == ["moved.md", "new.md", "undecided.md"]
    folder.reads.clear()
    _look(scanner, records, again=True)
    assert len(folder.reads) == 4


def test_quiet_is_a_stamp_that_lies_far_enough_back(folder: FakeFolder) -> None:
    """``posts.settle``."""
    clock = FakeClock()
    folder.files = {"old.md": (b"x", int(998.9e9)), "fresh.md": (b"x", int(999.5e9))}
    assert _look(_scanner(folder, clock)) == {"old.md": True, "fresh.md": False}


def test_quiet_is_also_a_stat_unchanged_over_two_looks(folder: FakeFolder) -> None:
    """For files whose stamps lie in the future: another machine's clock."""
    clock = FakeClock()
    folder.files = {"future.md": (b"x", int(5_000e9))}
    scanner = _scanner(folder, clock)
    assert _look(scanner) == {"future.md": False}
    clock.seconds += 0.5
    assert _look(scanner) == {"future.md": False}
    folder.files = {"future.md": (b"y", int(5_001e9))}
    clock.seconds += 0.6
    assert _look(scanner) == {"future.md": False}
    clock.seconds += 1.1
    assert _look(scanner) == {"future.md": True}


def test_a_one_shot_waits_for_news_that_is_being_written(folder: FakeFolder) -> None:
    """Until it is quiet; what it then says counts."""
    clock = FakeClock()
    folder.files = {"news.md": (b"half", int(999.9e9))}

    def finish() -> None:
        folder.files = (
            {"news.md": (b"whole", int(1000.2e9))} if clock.seconds < 1002 else folder.files
        )

    clock.while_asleep = finish
    scan_result = _scanner(folder, clock).look(
        folder.scan(), (), NOW, again=False, first_run=False, patient=True
    )
    assert scan_result.files["news.md"].settled
    source = scan_result.files["news.md"].source
    assert source is not None
    assert unpack_body(source()[1]) == "whole"


def test_the_sources_of_a_large_folder_are_kept_out_of_memory(folder: FakeFolder) -> None:
    """Each is put away as soon as it is read, and given back when it is stored.

    Seen to fail where ``Scanner.look`` spools nothing.
    """
    folder.files = {
        f"post-{number:04d}.md": (f"words {number}".encode(), 1) for number in range(MANY)
    }
    scanner, kept = _scanner(folder, FakeClock()), []

    def put(pair: tuple[bytes, bytes]) -> Callable[[], tuple[bytes, bytes]]:
        kept.append(pair)
        return partial(kept.__getitem__, len(kept) - 1)

    scanner.spool = lambda: put
    looks = scanner.look(folder.scan(), (), NOW, again=False, first_run=True, patient=False).files
    assert len(kept) == MANY
    source = looks["post-0007.md"].source
    assert source is not None
    assert unpack_body(source()[1]) == "words 7"


def test_what_is_read_again_and_is_as_it_was_is_held_once(folder: FakeFolder) -> None:
    """After an upgrade every file is read beside every row.

    With 100,000 of them a fourth of the memory is what both say.

    The defence is that ``Scanner._seen`` takes the row's own (seen to fail where it takes what was
    read).
    """
    folder.files = {"same.md": (b"x", 1), "edited.md": (b"x", 1)}
    scanner = _scanner(folder, FakeClock())
    first = scanner.look(folder.scan(), (), NOW, again=False, first_run=True, patient=False).files
    rows = [
        PostRecord(path, look.stat, look.source_hash, FileKind.POST, NOW, facts=look.facts)
        for path, look in first.items()
    ]
    folder.files["edited.md"] = (b"y", 2)
    again = scanner.look(folder.scan(), rows, NOW, again=True, first_run=False, patient=False).files
    for row in rows:
        same = row.path == "same.md"
        assert (
            again[row.path].facts is row.facts,
            again[row.path].source_hash is row.source_hash,
        ) == (same, same)
        assert (
            again[row.path].facts == row.facts,
            again[row.path].source_hash == row.source_hash,
        ) == (same, same)


def test_what_vanishes_before_it_is_read_is_left_to_the_next_look(folder: FakeFolder) -> None:
    """Deleted, or about to be saved anew, since the folder was listed or while it was waited for.

    No trouble, and nothing is decided.

    The defence is ``FileReading.is_gone``, asked by ``Scanner.look`` and ``Scanner._scan_again``
    (seen to fail without either).
    """
    clock = FakeClock()
    folder.files = {"a.md": (b"x", 1), "b.md": (b"x", 1), "c.md": (b"x", int(999.9e9))}
    listed = folder.scan()
    del folder.files["b.md"]
    clock.while_asleep = lambda: folder.files.pop("c.md", None) and None
    scan_result = _scanner(folder, clock).look(
        listed, (), NOW, again=False, first_run=False, patient=True
    )
    assert scan_result.files.keys() == {"a.md"}
    assert scan_result.present == {"a.md", "b.md", "c.md"}


def test_a_one_shot_waits_ten_seconds_at_most(folder: FakeFolder) -> None:
    """A file that never comes to rest is left to the next round."""
    clock = FakeClock()

    def keep_writing() -> None:
        folder.files = {"log.md": (b"bad", int(clock.seconds * 1e9))}

    keep_writing()
    clock.while_asleep = keep_writing
    assert _look(_scanner(folder, clock), patient=True) == {"log.md": False}
    assert 1_009 <= clock.seconds <= 1_012


def test_a_one_shot_waits_for_nothing_on_a_first_run(folder: FakeFolder) -> None:
    """What is baseline anyway need not be finished."""
    clock = FakeClock()
    folder.files = {"a.md": (b"x", int(999.9e9))}
    _look(_scanner(folder, clock), patient=True, first_run=True)
    assert clock.seconds == 1_000.0
