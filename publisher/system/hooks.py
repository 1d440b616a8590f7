"""Run the operator's own commands after something happened.

No shell, JSON on standard input, a failure never blocks.

They get the program's environment without its secrets
(:func:`publisher.config.secrets.without_secrets`).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

from publisher.config.secrets import without_secrets
from publisher.errors import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


TIMEOUT = 60.0
"""Seconds a hook may take; then its whole process group is ended."""

_LONGEST = 300


def run_hook(
    command: Sequence[str], payload: Mapping[str, object], *, folder: Path, timeout: float = TIMEOUT
) -> Problem | None:
    """Run one hook and wait for it.

    Args:
        command: Words, the first being the program; no shell sees them.
        payload: What happened, given as one JSON object on standard input.
        folder: Working folder.
        timeout: Seconds.

    Returns:
        None, or what went wrong.
    """
    data = json.dumps(payload, ensure_ascii=False).encode()
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own command
            command,
            cwd=folder,
            env=without_secrets(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return _problem(command, f"cannot be started: {error.strerror}")
    try:
        said, _ = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return _problem(command, f"took longer than {timeout:g} s and was ended")
    if process.returncode == 0:
        return None
    words = said.decode("utf-8", "replace").strip()[-_LONGEST:]
    return _problem(
        command, f"ended with status {process.returncode}{f': {words}' if words else ''}"
    )


def _problem(command: Sequence[str], what: str) -> Problem:
    return Problem(
        "",
        None,
        Level.WARNING,
        f"The hook {command[0]!r} {what}.",
        "Run it by hand with the same JSON on standard input.",
    )
