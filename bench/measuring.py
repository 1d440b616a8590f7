"""What whole processes cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Cost(NamedTuple):
    """Of one process and its children: wall seconds, peak memory of the largest in MB, seconds of all processors."""

    seconds: float
    megabytes: float
    work: float


def measure(command: list[str], folder: Path) -> Cost:
    """Run a command once in a process of its own."""
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return Cost(time.perf_counter() - started, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def median(costs: Sequence[Cost]) -> Cost:
    """Give the median of each."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))
