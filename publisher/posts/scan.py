"""What a scan of the posts folder found, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from publisher.errors import Problem
    from publisher.posts.models import Reading
    from publisher.posts.records import PostSummary
    from publisher.system.files import FileStat


@dataclass(frozen=True, slots=True)
class FolderScan:
    """What the tree of the folder shows.

    Attributes:
        stats: Files to read, by POSIX path relative to the folder, in path order.
        ignored: Files that are not read, with the reason.
        problems: Files that cannot be read.
        readable: False when the folder itself is missing or cannot be listed.
        unread: How many files there are of formats that only their generator reads, by ending.
    """

    stats: Mapping[str, FileStat]
    ignored: Mapping[str, str]
    problems: tuple[Problem, ...]
    readable: bool
    unread: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """One file as it was looked at in this round: it is new, changed, or not yet decided.

    Attributes:
        stat: Of the bytes that were read.
        source_hash: SHA-256 (hex) of those bytes.
        reading: What they were.
        facts: Of the post; None unless ``reading`` is one.
        settled: The file was left alone long enough to be decided.
        source: Gives post and body as the catalogue keeps them; None unless ``reading`` is a post.
    """

    stat: FileStat
    source_hash: str
    reading: Reading
    facts: PostSummary | None
    settled: bool
    source: Callable[[], tuple[bytes, bytes]] | None = None


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What the posts folder shows.

    Attributes:
        present: Paths that are there.
        files: Those of them that were read in this round.
        folder_problem: The folder is missing or cannot be read.
    """

    present: frozenset[str]
    files: Mapping[str, ScannedFile]
    folder_problem: Problem | None = None
