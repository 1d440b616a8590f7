"""Read single files of the posts folder; nothing but regular files is opened."""

from __future__ import annotations

import os
import stat as stat_module
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.posts.models import SourceFile, Vanished
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from pathlib import Path

_ATTEMPTS = 5


def stat_file(root: Path, path: str, max_bytes: int) -> FileStat | None:
    """Look at one file that an earlier scan found.

    None where only a whole scan can say what became of it.
    """
    full = f"{root}/{path}"
    try:
        info = os.lstat(full)
    except OSError:
        return None
    is_there = (
        stat_module.S_ISREG(info.st_mode)
        and os.path.realpath(full) == f"{os.path.realpath(root).rstrip('/')}/{path}"
    )
    return (
        FileStat(info.st_size, info.st_mtime_ns, info.st_ino)
        if is_there and info.st_size <= max_bytes
        else None
    )


def read_source(root: Path, path: str, max_bytes: int) -> SourceFile | Problem:
    """Read one file whole; a file that changes while it is read is read again.

    Returns:
        The file, or the problem that kept it from being read.
    """
    try:
        for _ in range(_ATTEMPTS):
            file = _read_once(f"{root}/{path}", path, max_bytes)
            if file is not None:
                return file
    except FileNotFoundError:
        return Vanished(
            path,
            None,
            Level.ERROR,
            "It is not there any more.",
            "Bring it back, unless it was meant to go.",
        )
    except OSError as error:
        return Problem(
            path,
            None,
            Level.ERROR,
            f"It cannot be read: {error.strerror}.",
            "Mend its permissions.",
        )
    return Problem(
        path,
        None,
        Level.ERROR,
        "It kept changing while it was read.",
        "Save it once more when it is finished.",
    )


def _read_once(full: str, path: str, max_bytes: int) -> SourceFile | None:
    descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor)
        if not stat_module.S_ISREG(before.st_mode):
            raise OSError(0, "it is no regular file")
        data = _read_whole(descriptor, min(before.st_size, max_bytes + 1))
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    seen = FileStat(before.st_size, before.st_mtime_ns, before.st_ino)
    if seen != (after.st_size, after.st_mtime_ns, after.st_ino) or len(data) != seen.size:
        return None
    return SourceFile(path, seen, data)


def _read_whole(descriptor: int, most: int) -> bytes:
    """Read so many bytes, or all there are.

    A read gives less where it was interrupted, or more than two gigabytes were asked for.
    """
    data = os.read(descriptor, most)
    while len(data) < most and (more := os.read(descriptor, most - len(data))):
        data += more
    return data
