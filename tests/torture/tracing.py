"""``strace`` over the shoulder of a process.

It ends it, or lets system calls fail, at the call a test chooses.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.torture.forks import Sending

CALLS = (
    "pwrite64",
    "fdatasync",
    "fsync",
    "write",
    "rename",
    "link",
    "unlink",
    "ftruncate",
    "connect",
    "sendto",
    "recvfrom",
    "shutdown",
)
"""What a sending process says to the disk and to the network; each call is counted in each thread
by itself."""

SHARE = (("pwrite64", 30), ("fdatasync", 4), ("rename", 2), ("sendto", 3), ("recvfrom", 5))
"""Some of them, for ``make test``."""


@cache
def _may_trace() -> str:
    """Return why no process can be traced here; nothing when one can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-e", "inject=write:signal=SIGKILL:when=1", "echo"],
        capture_output=True,
        check=False,
    )
    return "" if tried.returncode == -signal.SIGKILL else "no process may be traced here"


def need_tracing() -> None:
    """Skip the test where no process can be traced."""
    if why := _may_trace():
        pytest.skip(why)


def let_go(sending: Sending, *injections: str) -> int:
    """Let a process that waits begin, with its system calls injected, and return its exit status.

    Args:
        sending: It must wait for SIGUSR1.
        injections: As strace writes them: ``sendto:signal=SIGKILL:when=3``.
    """
    command = [
        "strace",
        "-f",
        "-p",
        str(sending.pid),
        "-o",
        "/dev/null",
        *(f"--inject={one}" for one in injections),
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        assert b"attached" in tracer.stderr.readline()
        sending.signal(signal.SIGUSR1)
        tracer.stderr.read()
    return sending.wait()
