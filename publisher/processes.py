"""Name this process so that no other ever has its name, and say whether another one has ended."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_PROC = Path("/proc")
_FIELDS_BEFORE_START = 19
"""Of ``/proc/<pid>/stat`` after the command's closing parenthesis (proc(5): field 22 is the start time)."""


def process_name() -> str:
    """Give this process's name: host, boot, namespace of process ids, process id, start time."""
    return ":".join((socket.gethostname(), *_here(), str(os.getpid()), _started(os.getpid()) or "0"))


def has_ended(name: str) -> bool:
    """Say whether a process is known to have ended.

    Only one of this very boot and this very namespace of process ids can be looked for; of every other nothing is known.
    """
    host, *rest = name.rsplit(":", 4)
    if len(rest) != 4 or host != socket.gethostname() or tuple(rest[:2]) != _here():  # noqa: PLR2004 - the parts above
        return False
    return _started(int(rest[2])) != rest[3] if rest[2].isdigit() else False


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
