"""Write an archive that only its owner can read, whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.errors import OutputError, UsageError
from publisher.system.files import _begin, _sweep, _sync_folder, _take_owner

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
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
        _sweep(target)
        temporary, descriptor = _begin(target, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                os.fchmod(descriptor, 0o600)
                _fill_archive(stream, members, owner)
                stream.flush()
                os.fsync(descriptor)
                _take_owner(temporary)
                _put(temporary, target, overwrite=overwrite)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(target.parent)
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
            info.uid, info.gid, info.uname, info.gname = (
                keeper.uid,
                keeper.gid,
                keeper.uname,
                keeper.gname,
            )
            if info.isdir():
                archive.addfile(info)
                continue
            with path.open("rb") as source:
                archive.addfile(info, source)


def _put(temporary: Path, target: Path, *, overwrite: bool) -> None:
    """Link a file to its name, which unlike a rename never takes the place of what is there."""
    if overwrite:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # Memory sticks and network shares know no links.
        if target.exists():
            raise FileExistsError(target) from None
        temporary.rename(target)
