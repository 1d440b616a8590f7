"""One file of the folder read, and what is kept of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, Protocol

from publisher.errors import Problem, fault_of
from publisher.posts.models import FileKind, Vanished
from publisher.posts.summary import summarize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.posts.models import Post, Reading, SourceFile
    from publisher.posts.records import PostSummary
    from publisher.posts.scan import FolderScan
    from publisher.system.files import FileStat


class Folder(Protocol):
    """The posts folder, as the pipeline needs it."""

    @property
    def root(self) -> Path: ...
    def scan(self) -> FolderScan: ...
    def stat(self, path: str) -> FileStat | None: ...
    def read(self, path: str) -> SourceFile | Problem: ...
    def understand(self, file: SourceFile) -> Reading: ...


class FileReading(NamedTuple):
    """What reading one file gave, in values that are cheap to hand from one process to another.

    Attributes:
        stat: Of the bytes that were read; None where it could not be read.
        source_hash: SHA-256 (hex) of those bytes.
        kind: What they were.
        reason: Why the file is ignored.
        problems: What reading found.
        facts: Of the post; None unless it is one.
        source: Post and body, packed.
    """

    stat: FileStat | None
    source_hash: str
    kind: FileKind
    reason: str
    problems: tuple[Problem, ...]
    facts: PostSummary | None
    source: tuple[bytes, bytes] | None

    @property
    def is_gone(self) -> bool:
        """Return whether the file was deleted, or is being saved anew, since it was listed.

        The next scan sees what came of it.
        """
        return any(isinstance(problem, Vanished) for problem in self.problems)


def read_file(
    folder: Folder,
    path: str,
    *,
    site_url: str,
    preset: str,
    pack: Callable[[Post, str], tuple[bytes, bytes]],
) -> FileReading:
    """Read one file, and take from it what is needed of it.

    Args:
        folder: Where it is.
        path: Below the folder.
        site_url: For ids.
        preset: ``posts.url``, for ids.
        pack: Packs a post and its body for the catalogue.
    """
    read = folder.read(path)
    if isinstance(read, Problem):
        return FileReading(None, "", FileKind.INVALID, "", (read,), None, None)
    digest = hashlib.sha256(read.data).hexdigest()
    try:
        reading = folder.understand(read)
        facts = source = None
        if reading.post is not None:
            facts = summarize(reading.post, reading.body, site_url=site_url, preset=preset)
            source = pack(reading.post, reading.body)
    except Exception as error:  # noqa: BLE001 - whatever a file raises is its own problem
        fault = fault_of(path, "read", error)
        return FileReading(read.stat, digest, FileKind.INVALID, "", (fault,), None, None)
    return FileReading(
        read.stat, digest, reading.kind, reading.reason, reading.problems, facts, source
    )
