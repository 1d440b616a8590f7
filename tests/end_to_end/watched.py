"""A command as a process of its own, watched by ``strace``.

What it wrote, whom it asked, what it ran, how much memory it took.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

_POWERS = "-dac_override,-dac_read_search"
POWERLESS = ("setpriv", f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}")
"""What takes from root the way around permissions."""
_CALLS = (
    "openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,"
    "link,linkat,symlink,symlinkat,truncate,connect,execve"
)
_LINE = re.compile(r"^\d+ +(\w+)\((.*?)\) += (-?\d+)", re.MULTILINE)
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Watched:
    """What a command did.

    Attributes:
        status: Its exit status.
        out: What it printed.
        err: What it printed of errors.
        written: Paths that it opened for writing, made, renamed or removed.
        asked: Sockets of the network that it connected to.
        ran: Programs that it became.
        peak: The memory of its processes at the most, together, in bytes.
    """

    status: int
    out: str
    err: str
    written: frozenset[str]
    asked: tuple[str, ...]
    ran: tuple[str, ...]
    peak: int


def watch(folder: Path, *arguments: object) -> Watched:
    """Run a command of the program to its end, without root's way around permissions.

    Args:
        folder: Where the notes about it are kept.
        arguments: Its words.
    """
    trace, out, err = folder / "trace", folder / "out", folder / "err"
    words = [
        *POWERLESS,
        "strace",
        "-f",
        "--seccomp-bpf",
        "-s",
        "4096",
        "-e",
        f"trace={_CALLS}",
        "-o",
        str(trace),
    ]
    words += [sys.executable, "-m", "publisher", *map(str, arguments)]
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    peak = 0
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            words, cwd=ROOT, env=env, stdout=stdout, stderr=stderr, start_new_session=True
        )
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(0.05)
    calls = [
        (name, said)
        for name, said, result in _LINE.findall(trace.read_text("utf-8", "replace"))
        if not result.startswith("-")
    ]
    return Watched(
        process.returncode,
        out.read_text("utf-8"),
        err.read_text("utf-8"),
        frozenset(
            path for name, said in calls if _writes(name, said) for path in _PATH.findall(said)
        ),
        tuple(said for name, said in calls if name == "connect" and "AF_UNIX" not in said),
        tuple(said.partition(",")[0] for name, said in calls if name == "execve"),
        peak,
    )


def _memory(session: int) -> int:
    """Add up what the processes of a session take, what they share once.

    Without the one that watches.
    """
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            name, _, rest = (process / "stat").read_text().rpartition(") ")
            if int(rest.split()[3]) == session and not name.endswith("(strace"):
                total += (
                    int((process / "smaps_rollup").read_text().partition("\nPss:")[2].split()[0])
                    * 1024
                )
    return total


def _writes(name: str, said: str) -> bool:
    return name not in {"connect", "execve", "open", "openat"} or any(
        flag in said for flag in ("O_WRONLY", "O_RDWR", "O_CREAT")
    )
