"""Ask git what it has of a folder; where there is no git or no repository, nothing is known."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from publisher.config.secrets import without_secrets

if TYPE_CHECKING:
    from pathlib import Path


_PATIENCE = 20.0
_IGNORED, _NOT_IGNORED = 0, 1


def is_tracked(place: Path) -> bool:
    """Return whether a repository has files of a folder."""
    done = _git(place, "ls-files", "-z", "--", str(place))
    return done is not None and done.returncode == 0 and bool(done.stdout)


def is_ignored(place: Path) -> bool | None:
    """Check whether git would leave out what is put into a folder.

    It is None outside a repository, or where it cannot be known.
    """
    done = _git(place, "check-ignore", "--quiet", "--no-index", "--", str(place / "x"))
    return {_IGNORED: True, _NOT_IGNORED: False}.get(done.returncode) if done is not None else None


def _git(place: Path, *words: str) -> subprocess.CompletedProcess[bytes] | None:
    program = shutil.which("git")
    there = next((folder for folder in (place, *place.parents) if folder.is_dir()), None)
    if program is None or there is None:
        return None
    # Inside a hook of git's own, its variables name another repository.
    environ = {
        name: value
        for name, value in without_secrets(os.environ).items()
        if not name.startswith("GIT_")
    }
    try:
        return subprocess.run(  # noqa: S603 - no shell
            [program, "-C", str(there), *words],
            capture_output=True,
            check=False,
            env=environ,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
