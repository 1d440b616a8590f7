"""Names of processes that no other ever has, whether one ended, and threads on one processor."""

from __future__ import annotations

import os
import secrets
import socket
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_PROC = Path("/proc")
_PARTS = 4
"""Of a process's name behind the host's: what :func:`process_name` joins."""
_FIELDS_BEFORE_START = 19
"""Of ``/proc/<pid>/stat`` after the command's closing parenthesis (proc(5): field 22 is the start
time)."""


def process_name() -> str:
    """Return this process's name: host, boot, namespace of process ids, process id, start time."""
    return ":".join(
        (socket.gethostname(), *_here(), str(os.getpid()), _started(os.getpid()) or "0")
    )


def has_ended(name: str) -> bool:
    """Return whether a process is known to have ended.

    Only one of this very boot and this very namespace of process ids can be looked for; of every
    other nothing is known.
    """
    host, *rest = name.rsplit(":", _PARTS)
    if len(rest) != _PARTS or host != socket.gethostname() or tuple(rest[:2]) != _here():
        return False
    return _started(int(rest[2])) != rest[3] if rest[2].isdigit() else False


@contextmanager
def on_one_processor(threads: Iterable[int]) -> Iterator[None]:
    """Keep the calling thread and others on one processor for a while, where the system can.

    Threads that take turns with the interpreter's lock lose more by waking each other across
    processors than a second processor could give them: the lock lets one of them run at a time
    anyway (measured in ``docs/performance.md``).

    Args:
        threads: Native ids of the others.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    # By chance, so that several processes on one machine do not all choose the same.
    chosen, members = {secrets.choice(sorted(allowed))}, (0, *threads)
    try:
        for thread in members:
            _keep_on(thread, chosen)
        yield
    finally:
        for thread in members:
            _keep_on(thread, allowed)


def _keep_on(thread: int, processors: set[int]) -> None:
    try:
        os.sched_setaffinity(thread, processors)
    except (PermissionError, ProcessLookupError):
        # A sandbox forbids it, or the thread has ended: it is only slower then.
        return


def _here() -> tuple[str, str]:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]
        namespace = str((_PROC / "self/ns/pid").stat().st_ino)
    except OSError:
        return "unknown", str(os.getpid())
    return boot, namespace


def _started(pid: int) -> str | None:
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[_FIELDS_BEFORE_START] if fields[0] != "Z" else None


def boottime() -> float:
    """Read a clock that goes on while the process or the machine sleeps.

    A claim that was held through a long sleep is then over.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)
