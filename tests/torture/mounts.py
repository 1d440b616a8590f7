"""File systems of a test's own.

Small ones, ones that grow and shrink, ones that may not be written.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = 4096


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write a folder, not even root."""
    _mount("--bind", str(folder), str(folder))
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*words: str) -> None:
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", *words], capture_output=True, check=False).returncode
    ):
        pytest.skip("no file system may be mounted here")


def leave(disk: Path, pages: int) -> None:
    """Shrink a file system until so many pages of it are free."""
    seen = os.statvfs(disk)
    used = seen.f_blocks - seen.f_bfree
    subprocess.run(["mount", "-o", f"remount,size={(used + pages) * PAGE}", str(disk)], check=True)


def enlarge(disk: Path, megabytes: int) -> None:
    """Give it room again."""
    subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(disk)], check=True)


def fill(folder: Path) -> Path:
    """Fill what is left of a file system, and return the file that does it."""
    path = folder / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(65536)):
            continue
    return path
