"""Where things are on the disk, and which folder holds which, whatever their names say."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.config.configuration import Config

KEPT_BESIDE = ("state.folder", "delivery.maildir", "output.newsletters")
"""Keys of the folders that are for the program alone; ``init`` puts them below one dot folder."""


def private_places(config: Config) -> Mapping[str, Path]:
    """Return what nobody but the operator may read, by the key that names it.

    The paths are absolute, and need not exist.
    """
    folders = (config.state_folder, config.maildir_folder, config.newsletters_folder)
    places = dict(zip(KEPT_BESIDE, folders, strict=True))
    return places | (
        {"smtp.password_file": config.password_file} if config.password_file is not None else {}
    )


def holds(outer: Path, inner: Path) -> bool:
    """Return whether a path is another one or lies below it.

    Links, mounts and the letter case of file systems that ignore it are seen through: what exists
    is known by device and inode, and what does not exist yet by its name, folded, below the last
    folder that does.
    """
    real = Path(os.path.realpath(inner))
    wanted = _identity(Path(os.path.realpath(outer)))
    return any(_identity(path) == wanted for path in (real, *real.parents))


def _identity(path: Path) -> tuple[object, ...]:
    missing: list[str] = []
    while True:
        try:
            info = path.stat()
        except OSError:  # missing, or a folder above may not be entered
            if path == path.parent:
                return tuple(missing)
            missing.insert(0, unicodedata.normalize("NFC", path.name).casefold())
            path = path.parent
        else:
            return (info.st_dev, info.st_ino, *missing)
