"""Stat the tree of the posts folder; nothing outside of it is entered, and nothing read."""

from __future__ import annotations

import os
import stat as stat_module
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem, fault_of
from publisher.posts.folder.names import compile_globs, is_temporary
from publisher.posts.scan import FolderScan
from publisher.posts.unread_formats import UNREAD
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from publisher.config import PostsConfig


def scan_folder(
    root: Path, posts: PostsConfig, *, skip: frozenset[Path] = frozenset()
) -> FolderScan:
    """Stat every file below ``root``; read none.

    Args:
        root: The posts folder.
        posts: What to include.
        skip: Folders not entered, absolute: what is written there is not read back.
    """
    tree = _Tree(root, posts, skip)
    try:
        tree.walk(os.fspath(root), root.stat(), "", ())
    except OSError as error:
        cure = f"Create the folder or correct posts.folder ({error.strerror})."
        return FolderScan(
            {},
            {},
            (Problem("", None, Level.ERROR, f"The posts folder {root} cannot be read.", cure),),
            readable=False,
        )
    stats, ignored = tree.stats, tree.ignored
    return FolderScan(
        {path: stats[path] for path in sorted(stats)},
        {path: ignored[path] for path in sorted(ignored)},
        tuple(sorted(tree.problems)),
        readable=True,
        unread=tree.unread,
    )


class _Tree:
    def __init__(self, root: Path, posts: PostsConfig, skip: frozenset[Path]) -> None:
        self.root = os.path.realpath(root)
        self.skip = {os.path.realpath(folder) for folder in skip}
        self.include, self.exclude = compile_globs(posts.include), compile_globs(posts.exclude)
        self.takes_all = not self.include and not self.exclude
        self.extensions = tuple(extension.lower() for extension in posts.extensions)
        self.max_bytes = posts.max_bytes
        self.stats: dict[str, FileStat] = {}
        self.ignored: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.unread: Counter[str] = Counter()

    def walk(
        self, folder: str, info: os.stat_result, prefix: str, above: tuple[tuple[int, int], ...]
    ) -> None:
        """Visit a folder.

        ``above`` are device and inode of its parents, which end symlink loops.
        """
        here = (info.st_dev, info.st_ino)
        if here in above:
            return
        inside = (*above, here)
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_temporary(entry.name):
                    self._visit_guarded(entry, prefix + entry.name, inside)

    def _visit_guarded(
        self, entry: os.DirEntry[str], path: str, above: tuple[tuple[int, int], ...]
    ) -> None:
        """Visit a file or folder; whatever that raises is its own problem."""
        try:
            self._visit(entry, path, above)
        except Exception as error:  # noqa: BLE001 - as it says
            self.problems.append(
                fault_of(path.encode("utf-8", "backslashreplace").decode(), "looked at", error)
            )

    def _visit(
        self, entry: os.DirEntry[str], path: str, above: tuple[tuple[int, int], ...]
    ) -> None:
        if not path.isascii() and not _is_text(path):
            shown = path.encode("utf-8", "backslashreplace").decode()
            self._refuse(shown, "Its name is not valid UTF-8.", "Rename the file.")
            return
        if entry.is_symlink() and not self._stays_inside(entry.path):
            if self._wanted(path) or Path(entry.path).is_dir():
                self._refuse(
                    path,
                    "It is a symbolic link that leaves the posts folder.",
                    "Copy the file into the folder.",
                )
            return
        try:
            info = entry.stat()
        except OSError as error:
            if entry.is_symlink() or not isinstance(error, FileNotFoundError):
                self._refuse(
                    path,
                    f"It cannot be looked at: {error.strerror}.",
                    "Mend its permissions or the link.",
                )
            return
        if stat_module.S_ISDIR(info.st_mode):
            self._enter(entry.path, info, path, above)
        elif self._wanted(path):
            self._take(path, info)

    def _enter(
        self, folder: str, info: os.stat_result, path: str, above: tuple[tuple[int, int], ...]
    ) -> None:
        if os.path.realpath(folder) in self.skip:
            return
        try:
            self.walk(folder, info, f"{path}/", above)
        except FileNotFoundError:
            return  # deleted since it was listed
        except OSError as error:
            self._refuse(
                path, f"The folder cannot be listed: {error.strerror}.", "Mend its permissions."
            )

    def _stays_inside(self, path: str) -> bool:
        target = os.path.realpath(path)
        return target == self.root or target.startswith(self.root + os.sep)

    def _wanted(self, path: str) -> bool:
        lowered = path.lower()
        if not lowered.endswith(self.extensions):
            if lowered.endswith(UNREAD) and self._is_chosen(path):
                self.unread[lowered[lowered.rfind(".") :]] += 1
            return False
        if self.takes_all:
            return True
        if self.include and not any(glob.fullmatch(path) for glob in self.include):
            self.ignored[path] = "not in posts.include"
            return False
        if any(glob.fullmatch(path) for glob in self.exclude):
            self.ignored[path] = "in posts.exclude"
            return False
        return True

    def _is_chosen(self, path: str) -> bool:
        """Return whether the globs choose a path."""
        chosen = not self.include or any(glob.fullmatch(path) for glob in self.include)
        return chosen and not any(glob.fullmatch(path) for glob in self.exclude)

    def _take(self, path: str, info: os.stat_result) -> None:
        if not stat_module.S_ISREG(info.st_mode):
            self._refuse(
                path,
                "It is no regular file (a pipe, socket or device); it was not opened.",
                "Remove it.",
            )
        elif info.st_size > self.max_bytes:
            found = f"It has {info.st_size:,} bytes; posts.max_bytes is {self.max_bytes:,}."
            self._refuse(path, found, "Split the post or raise posts.max_bytes.")
        else:
            self.stats[path] = FileStat(info.st_size, info.st_mtime_ns, info.st_ino)

    def _refuse(self, path: str, found: str, cure: str) -> None:
        self.problems.append(Problem(path, None, Level.ERROR, found, cure))


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
