"""``publisher`` as people type it.

Each command a process of its own, forked from one that has imported the program already.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PATIENCE = 180.0
_MINE = {"CI", "PYTHONPATH"}


def publisher(
    *arguments: object, cwd: Path = ROOT, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the program without a terminal, and return its exit status and what it printed."""
    return _server().run([str(argument) for argument in arguments], cwd, environ)


class CommandServer:
    """The process that forks; with an environment of its own, where a test gives it one."""

    def __init__(self, **environ: str) -> None:
        command, env = [sys.executable, "-m", "tests.command_server"], {**os.environ, **environ}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        atexit.register(self.close)

    def run(
        self, arguments: list[str], cwd: Path, environ: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        env = {
            **{name: value for name, value in os.environ.items() if name not in _MINE},
            **environ,
        }
        with tempfile.TemporaryDirectory() as name:
            out, err = Path(name) / "out", Path(name) / "err"
            status = self._ask(
                {
                    "arguments": arguments,
                    "cwd": str(cwd),
                    "environ": env,
                    "out": str(out),
                    "err": str(err),
                }
            )
            return subprocess.CompletedProcess(
                ["publisher", *arguments], status, out.read_text("utf-8"), err.read_text("utf-8")
            )

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE)

    def _ask(self, request: dict[str, object]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        assert select.select([self._process.stdout], [], [], PATIENCE)[0], (
            f"{request['arguments']} does not end"
        )
        return int(json.loads(self._process.stdout.readline()))


@cache
def _server() -> CommandServer:
    return CommandServer()
