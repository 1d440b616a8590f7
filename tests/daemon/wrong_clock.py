"""A clock that a test sets while a real process looks at it.

A library in front of the C library's own, made by the C compiler at hand.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    static volatile long long *seconds;
    if (!real) {
        int file = open(getenv("WRONG_CLOCK"), O_RDONLY | O_CLOEXEC);
        seconds = mmap(NULL, sizeof *seconds, PROT_READ, MAP_SHARED, file, 0);
        real = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    }
    int status = real(which, time);
    if (which == CLOCK_REALTIME)
        time->tv_sec += *seconds;
    return status;
}
"""


class WrongClock:
    """How far the clock of processes with this environment is ahead of the truth."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("there is no C compiler")
        folder.mkdir()
        self._file, source, library = folder / "seconds", folder / "clock.c", folder / "clock.so"
        self.set(0)
        source.write_text(SOURCE)
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True
        )
        self.environ = {"LD_PRELOAD": str(library), "WRONG_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """Set it so far ahead; behind, where that is negative."""
        with self._file.open("r+b" if self._file.exists() else "xb") as file:
            file.write(struct.pack("q", seconds))
