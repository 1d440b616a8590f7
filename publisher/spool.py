"""Bytes that wait on disk until they are stored: the sources of a large folder do not fit into the memory of a small machine."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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
        """Keep two pieces of bytes, and give what gives them back."""
        if self._descriptor >= 0:
            first, data = len(pair[0]), pair[0] + pair[1]
            with suppress(OSError):
                if os.pwrite(self._descriptor, data, self._end) == len(data):
                    start, self._end = self._end, self._end + len(data)
                    return partial(self._get, start, first, len(data))
        return lambda: pair

    def _get(self, start: int, first: int, length: int) -> tuple[bytes, bytes]:
        data = os.pread(self._descriptor, length, start)
        return data[:first], data[first:]

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
