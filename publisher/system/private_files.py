"""Files and folders that nobody but their owner may read.

It does not matter who made the folder they are in, and what the umask is.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_FILE, _FOLDER, _OTHERS = 0o600, 0o700, 0o077
_NOT_IN_GIT = """\
# Addresses of readers, and the keys of their links: nothing in here belongs in a repository.
*
!.gitignore
"""


def make_private_folder(folder: Path) -> None:
    """Make a folder for the state, and keep what will be in it out of git.

    Leave one that exists as it is.

    Raises:
        OSError: It cannot be made.
    """
    if folder.is_dir():
        return
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    folder.chmod(_FOLDER)  # a umask may have taken the owner's own rights
    if os.geteuid() == 0:
        owner = folder.parent.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
    keep_out_of_git(folder)


def keep_out_of_git(folder: Path) -> None:
    """Write a ``.gitignore`` that names everything in a folder but itself, where there is none.

    Raises:
        OSError: It cannot be written.
    """
    with suppress(FileExistsError):
        descriptor = open_private(folder / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with os.fdopen(descriptor, "w") as file:
            file.write(_NOT_IN_GIT)


def open_private(path: Path, flags: int) -> int:
    """Open a file that is its owner's alone from its first byte on.

    What root makes is given to the folder's owner.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC, _FILE)
    with suppress(
        OSError
    ):  # it is another user's, or on a file system without modes: ``check`` names what is left open
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        os.fchmod(descriptor, _FILE)
    return descriptor


def make_private(path: Path) -> None:
    """Make an empty file that is its owner's alone, or take one that exists from everybody else.

    Raises:
        OSError: It cannot be made.
    """
    # Never opened when it exists: closing any descriptor of a database drops this process's locks
    # on it.
    try:
        os.close(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        tighten(path)


def tighten(path: Path) -> None:
    """Take a file from everybody but its owner, as far as this user and the file system can."""
    with suppress(OSError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
