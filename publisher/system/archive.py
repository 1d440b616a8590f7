"""Write an archive that only its owner can read, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import OutputError, UsageError
from publisher.system.files import put, sweep, sync_folder, written_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO


def write_archive(
    target: Path, members: Mapping[str, Path], owner: Path, *, overwrite: bool
) -> int:
    """Write files into one ``tar.gz`` that only its owner can read, whole or not at all.

    Return its size in bytes.

    Args:
        target: The archive.
        members: Files, and folders without what is in them, by the name they have in the archive,
            in this order.
        owner: Whose the files are to be when root unpacks them: the owner of this folder.
        overwrite: Replace an archive of the same name; else nothing that is there is touched.

    Raises:
        UsageError: Something has this name.
        OutputError: It cannot be written.
    """
    try:
        sweep(target)
        with written_whole(target, 0o600, Path.replace if overwrite else put) as stream:
            _fill_archive(stream, members, owner)
        sync_folder(target.parent)
        return target.stat().st_size
    except FileExistsError as error:
        raise UsageError(
            f"{target} exists already.", cure="Name another file, or give --force."
        ) from error
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}.",
            cure="Make room or name another folder.",
        ) from error


def _fill_archive(stream: BinaryIO, members: Mapping[str, Path], owner: Path) -> None:
    import tarfile  # noqa: PLC0415 - one use

    with tarfile.open(fileobj=stream, mode="w:gz", dereference=True) as archive:
        keeper = archive.gettarinfo(owner)
        for name, path in members.items():
            info = archive.gettarinfo(path, name)
            info.mode = 0o700 if info.isdir() else 0o600
            info.uid = keeper.uid
            info.gid = keeper.gid
            info.uname = keeper.uname
            info.gname = keeper.gname
            if info.isdir():
                archive.addfile(info)
                continue
            with path.open("rb") as source:
                archive.addfile(info, source)
