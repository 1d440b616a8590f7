"""What whole processes cost."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Cost(NamedTuple):
    """Of one process and its children.

    Wall seconds, peak memory of the largest in MB, seconds of all processors.
    """

    seconds: float
    megabytes: float
    work: float


_RUN = """
import json, os, sys, time
quiet = os.open(os.devnull, os.O_WRONLY)
started = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, \
file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 1)])
_, status, used = os.wait4(pid, 0)
cost = time.perf_counter() - started, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime
print(json.dumps((os.waitstatus_to_exitcode(status), *cost)))
"""
"""Begins a process from a small one: the kernel counts to the peak of a process what its parent had
when it began."""


def measure(command: list[str], folder: Path) -> Cost:
    """Run a command once in a process of its own."""
    run = [sys.executable, "-I", "-S", "-c", _RUN, *command]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True)
    status, *cost = json.loads(done.stdout)
    if status:
        raise SystemExit(f"{' '.join(command)[:200]} ended with {status}: {done.stderr}")
    return Cost(*cost)


def median(costs: Sequence[Cost]) -> Cost:
    """Give the median of each."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))
