"""Write files whole or not at all: temporary file beside the target, fsync, rename.

Only when the bytes differ.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from publisher.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO


_PREFIX = ".publisher-"


class OutputFolder:
    """A folder of ours; nothing is ever written outside it.

    Attributes:
        root: The folder; made when first written to.
        private: What is in it is its owner's alone (0700, 0600); else everybody may read it (0755,
            0644), whatever the umask.
    """

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self.root, self.private = root, private

    def write(self, relative: str, data: bytes) -> bool:
        """Write a file so that a reader sees the old bytes or the new ones, never a mixture.

        After a power failure as well: the new bytes are on the disk before they get the name. The
        name itself is left to the file system: who finds the old file afterwards sees by its stat
        that it is not the one written last.

        Returns:
            False when the file already held these bytes; it is then not touched.

        Raises:
            OutputError: It cannot be written, or the name leads out of the folder.
        """
        path = self._inside(relative)
        try:
            # A file with the same bytes keeps its mtime: web servers go on answering 304, sync
            # tools copy nothing.
            if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
                if self.private:
                    _tighten(path)
                return False
            self._make_folders(path.parent)
            self._replace(path, data)
        except OSError as error:
            said = error.strerror or str(error)
            raise OutputError(
                f"{path} cannot be written: {said}.",
                cure="Make room or mend its permissions; nothing is lost.",
            ) from error
        return True

    def stat(self, relative: str) -> FileStat | None:
        """Return what tells that a written file is still there, or None."""
        try:
            # Every round asks for every document
            info = os.stat(os.path.join(self.root, relative))  # noqa: PTH116, PTH118
        except OSError:
            return None
        return FileStat(info.st_size, info.st_mtime_ns, info.st_ino)

    def _inside(self, relative: str) -> Path:
        parts = relative.split("/")
        if relative.startswith("/") or ".." in parts or "\0" in relative or not relative:
            raise OutputError(f"The name {relative!r} leads out of {self.root}.")
        path = self.root / relative
        # Names come from posts' terms; a link inside the public folder must not let them out of it.
        real, root = os.path.realpath(path.parent), os.path.realpath(self.root)
        if real != root and not real.startswith(root + os.sep):
            raise OutputError(
                f"{path} lies behind a symbolic link that leaves {self.root}.",
                cure="Remove the link.",
            )
        return path

    def _make_folders(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.root:
            self._make_folders(folder.parent)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700 if self.private else 0o755)
        _take_owner(folder)

    def _replace(self, path: Path, data: bytes) -> None:
        sweep(path)
        with written_whole(path, 0o600 if self.private else 0o644) as stream:
            stream.write(data)


@contextlib.contextmanager
def written_whole(
    path: Path, mode: int, name: Callable[[Path, Path], object] = Path.replace
) -> Iterator[BinaryIO]:
    """Give a stream into a temporary file, which gets the target's name when it is on the disk.

    It is named while it is still locked: else another process takes it for what a crash left.
    Where anything raises, nothing of it is left.
    """
    temporary, descriptor = _begin(path, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            yield stream
            stream.flush()
            os.fsync(descriptor)
            _take_owner(temporary)
            name(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put(temporary: Path, target: Path) -> None:
    """Name a file; a link, unlike a rename, never takes the place of what is there.

    Raises:
        FileExistsError: Something has this name.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # Memory sticks and network shares know no links.
        if target.exists():
            raise FileExistsError(target) from None
        temporary.rename(target)


def _tighten(path: Path) -> None:
    """Take a file that an earlier version let everybody read from them.

    A file of another user stays as it is.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        with contextlib.suppress(PermissionError):
            path.chmod(mode & 0o700)


def _begin(path: Path, mode: int) -> tuple[Path, int]:
    """Open a temporary file beside a target.

    Its lock tells other processes that it is being written.
    """
    while True:
        # In the same folder: a rename between file systems is a copy, and readers would see its
        # middle. 60 characters leave room in a name of 255 bytes.
        temporary = path.with_name(f"{_PREFIX}{path.name[:60]}-{secrets.token_hex(4)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return temporary, descriptor
        os.close(descriptor)  # swept by somebody before it was locked


def sweep(path: Path) -> None:
    """Remove what a crash left of an earlier write of this file.

    What another process is writing now stays.
    """
    begun = f"{_PREFIX}{path.name[:60]}-"
    # An archive's folder has a thousand documents, and each is written
    for name in os.listdir(path.parent):  # noqa: PTH208
        if not (name.startswith(begun) and name.endswith(".tmp")):
            continue
        left = path.with_name(name)
        with contextlib.suppress(FileNotFoundError, BlockingIOError):
            descriptor = os.open(left, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink(missing_ok=True)
            finally:
                os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_owner(path: Path) -> None:
    """Hand what root makes to the owner of the folder it is in."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


class FileStat(NamedTuple):
    """What tells an unchanged file without reading it."""

    size: int
    mtime_ns: int
    inode: int
