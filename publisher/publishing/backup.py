"""``publisher backup``: which files go into the archive, and where each belongs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.database.backup import database_copy
from publisher.database.secret_keys import NAME as KEYS
from publisher.errors import UsageError
from publisher.system.archive import write_archive
from publisher.system.restore_mark import MARK_NAME as MARK

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.database import Database


@dataclass(frozen=True, slots=True)
class Backup:
    """An archive that was written.

    Attributes:
        path: Where it is, absolute.
        size: In bytes.
        files: Names of the files in it, relative to the folder it is to be unpacked in.
        keys: The keys are in it; a site that never signed a link has none.
        elsewhere: Folders that are outside the site's, by the name they have in the archive.
    """

    path: Path
    size: int
    files: tuple[str, ...]
    keys: bool
    elsewhere: tuple[tuple[str, Path], ...]


def back_up(config: Config, target: Path, database: Database, *, overwrite: bool) -> Backup:
    """Write database, keys and mark into one archive, beside whatever is running.

    The keys are read after the database: no link in it was signed with a key that is not in the
    archive.

    Args:
        config: Whose.
        target: The archive, absolute.
        database: Whose copy it is.
        overwrite: Replace an archive of this name.

    Raises:
        UsageError: It exists, its folder does not, or everybody could read it there.
        StateError: The database cannot be copied.
        OutputError: The archive cannot be written.
    """
    _refuse(config, target, overwrite=overwrite)
    state = _place(config, config.state_folder, "state")
    newsletters = _place(config, config.newsletters_folder, "newsletters")
    with database_copy(database) as copied:
        keys, mark = config.state_folder / KEYS, config.newsletters_folder / MARK
        places = [(state, path) for path in (*copied, keys)] + [(newsletters, mark)]
        files = {f"{folder}{path.name}": path for folder, path in places if path.is_file()}
        # Unpacking a folder would put it in the place of a link to one.
        folders = (
            {state.rstrip("/"): config.state_folder}
            if state and not config.state_folder.is_symlink()
            else {}
        )
        size = write_archive(target, folders | files, config.state_folder, overwrite=overwrite)
    homes = ((state, config.state_folder), (newsletters, config.newsletters_folder))
    elsewhere = tuple(
        (name, folder)
        for name, folder in homes
        if os.path.normpath(config.path.parent / name) != os.path.normpath(folder)
    )
    return Backup(target, size, tuple(files), keys in files.values(), elsewhere)


def target_of(given: Path | None, folder: Path, config: Config, now: datetime) -> Path:
    """Return where a backup goes.

    It is the file that was named, else one of today's name in the folder that was named, or in this
    one.

    Args:
        given: A file or a folder, or None.
        folder: The current one.
        config: Knows the site's zone.
        now: Aware.
    """
    name = f"publisher-backup-{now.astimezone(config.zone):%Y-%m-%d}.tar.gz"
    wanted = folder / (given.expanduser() if given is not None else name)
    return wanted / name if wanted.is_dir() else wanted


def _refuse(config: Config, target: Path, *, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists already.", cure="Name another file, or give --force.")
    if not target.parent.is_dir():
        raise UsageError(
            f"The folder {target.parent} is not there.", cure="Make it, or name another."
        )
    if _inside(config.public_folder, target):
        raise UsageError(
            f"{config.public_folder} is what everybody can read.", cure="Name a file elsewhere."
        )


def _inside(folder: Path, path: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _place(config: Config, folder: Path, name: str) -> str:
    """Name a folder as the archive does.

    It is named as it lies in the site's folder, else by its usual name.
    """
    relative = os.path.relpath(os.path.normpath(folder), os.path.normpath(config.path.parent))
    if relative.startswith(".."):
        return f"{name}/"
    return "" if relative == "." else f"{relative}/"
