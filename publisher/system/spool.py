"""Bytes that wait on disk until they are stored.

The sources of a large folder do not fit into the memory of a small machine.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class _Put:
    """Where two pieces of bytes are; there are as many of these as files, so they are small."""

    __slots__ = ("_first", "_length", "_spool", "_start")

    def __init__(self, spool: Spool, start: int, first: int, length: int) -> None:
        self._spool, self._start, self._first, self._length = spool, start, first, length

    def __call__(self) -> tuple[bytes, bytes]:
        data = self._spool.get(self._start, self._length)
        return data[: self._first], data[self._first :]


class Spool:
    """A file without a name, gone with the process, however that ends.

    Where the disk takes no more, what is put into it stays in memory.
    """

    def __init__(self, folder: Path) -> None:
        """Make it, or do without.

        Args:
            folder: On a disk, not in memory as ``/tmp`` often is.
        """
        self._end, self._descriptor = 0, -1
        with suppress(OSError), tempfile.TemporaryFile(dir=folder) as file:
            self._descriptor = os.dup(file.fileno())

    def put(self, pair: tuple[bytes, bytes]) -> Callable[[], tuple[bytes, bytes]]:
        """Keep two pieces of bytes, and return what gives them back."""
        if self._descriptor >= 0:
            first, data = len(pair[0]), pair[0] + pair[1]
            with suppress(OSError):
                if os.pwrite(self._descriptor, data, self._end) == len(data):
                    start, self._end = self._end, self._end + len(data)
                    return _Put(self, start, first, len(data))
        return lambda: pair

    def get(self, start: int, length: int) -> bytes:
        """Return bytes that were put here."""
        return os.pread(self._descriptor, length, start)

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
