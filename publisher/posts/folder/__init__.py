"""Stat the posts folder and read single files of it.

Nothing outside the folder and nothing but regular files is opened.
"""

from __future__ import annotations

import os
import re
import stat as stat_module
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from publisher.errors import Level, Problem, fault_of
from publisher.markup.models import rst_available
from publisher.posts.models import SourceFile, Vanished
from publisher.posts.unread_formats import UNREAD
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from publisher.config import Config, PostsConfig
    from publisher.posts.models import Reading
    from publisher.posts.parser import PostParser


_TEMPORARY = (
    "~",
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".bak",
    ".orig",
    ".swp",
    ".swx",
    ".crdownload",
)
"""How names end that editors, browsers and copying programs give to what is not finished."""
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class FolderScan:
    """What a look at the tree shows.

    Attributes:
        stats: Files to read, by POSIX path relative to the folder, in path order.
        ignored: Files that are not read, with the reason.
        problems: Files that cannot be read.
        readable: False when the folder itself is missing or cannot be listed.
        unread: How many files there are of formats that only their generator reads, by ending.
    """

    stats: Mapping[str, FileStat]
    ignored: Mapping[str, str]
    problems: tuple[Problem, ...]
    readable: bool
    unread: Mapping[str, int] = field(default_factory=dict)


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
        tree.walk(os.fspath(root), "", ())
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
        self.include, self.exclude = _globs(posts.include), _globs(posts.exclude)
        self.takes_all = not self.include and not self.exclude
        self.extensions = tuple(extension.lower() for extension in posts.extensions)
        self.max_bytes = posts.max_bytes
        self.stats: dict[str, FileStat] = {}
        self.ignored: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.unread: Counter[str] = Counter()

    def walk(self, folder: str, prefix: str, above: tuple[tuple[int, int], ...]) -> None:
        """Visit a folder.

        ``above`` are device and inode of its parents, which end symlink loops.
        """
        info = os.stat(folder)  # noqa: PTH116 - ten thousand paths are not made into objects
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
            self._enter(entry.path, path, above)
        elif self._wanted(path):
            self._take(path, info)

    def _enter(self, folder: str, path: str, above: tuple[tuple[int, int], ...]) -> None:
        if os.path.realpath(folder) in self.skip:
            return
        try:
            self.walk(folder, f"{path}/", above)
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


def stat_file(root: Path, path: str, max_bytes: int) -> FileStat | None:
    """Look at one file that an earlier scan found.

    None where only a whole scan can say what became of it.
    """
    full = os.path.join(root, path)  # noqa: PTH118 - as below
    try:
        info = os.lstat(full)
    except OSError:
        return None
    is_there = (
        stat_module.S_ISREG(info.st_mode)
        and os.path.realpath(full) == os.path.join(os.path.realpath(root), path)  # noqa: PTH118
    )
    return (
        FileStat(info.st_size, info.st_mtime_ns, info.st_ino)
        if is_there and info.st_size <= max_bytes
        else None
    )


def read_source(root: Path, path: str, max_bytes: int) -> SourceFile | Problem:
    """Read one file whole; a file that changes while it is read is read again.

    Returns:
        The file, or the problem that kept it from being read.
    """
    try:
        for _ in range(_ATTEMPTS):
            # Joining a Path costs as much as reading
            file = _read_once(os.path.join(root, path), path, max_bytes)  # noqa: PTH118
            if file is not None:
                return file
    except FileNotFoundError:
        return Vanished(
            path,
            None,
            Level.ERROR,
            "It is not there any more.",
            "Bring it back, unless it was meant to go.",
        )
    except OSError as error:
        return Problem(
            path,
            None,
            Level.ERROR,
            f"It cannot be read: {error.strerror}.",
            "Mend its permissions.",
        )
    return Problem(
        path,
        None,
        Level.ERROR,
        "It kept changing while it was read.",
        "Save it once more when it is finished.",
    )


def _read_once(full: str, path: str, max_bytes: int) -> SourceFile | None:
    descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        before = os.fstat(descriptor)
        if not stat_module.S_ISREG(before.st_mode):
            raise OSError(0, "it is no regular file")
        data = _read_whole(descriptor, min(before.st_size, max_bytes + 1))
        after = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    seen = FileStat(before.st_size, before.st_mtime_ns, before.st_ino)
    if seen != (after.st_size, after.st_mtime_ns, after.st_ino) or len(data) != seen.size:
        return None
    return SourceFile(path, seen, data)


def _read_whole(descriptor: int, most: int) -> bytes:
    """Read so many bytes, or all there are.

    A read gives less where it was interrupted, or more than two gigabytes were asked for.
    """
    data = os.read(descriptor, most)
    while len(data) < most and (more := os.read(descriptor, most - len(data))):
        data += more
    return data


def is_temporary(name: str) -> bool:
    """Check whether a name is hidden, Vim's probe, Emacs' autosave, or of what is not finished."""
    return (
        (name.startswith((".", "#")) and (name[0] == "." or name.endswith("#")))
        or name == "4913"
        or name.lower().endswith(_TEMPORARY)
    )


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _globs(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    return [_glob(pattern) for pattern in patterns]


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """Compile a glob: ``**`` any folders, ``*`` and ``?`` within one name.

    A pattern without ``/`` matches at any depth.
    """
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    return re.compile("".join(_glob_parts(pattern)))


def _glob_parts(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        if pattern.startswith("**/", position):
            yield "(?:.*/)?"
            position += 3
        elif pattern.startswith("**", position):
            yield ".*"
            position += 2
        else:
            yield {"*": "[^/]*", "?": "[^/]"}.get(pattern[position], re.escape(pattern[position]))
            position += 1


class PostsFolder:
    """The posts folder of one configuration, scanned, read and understood."""

    def __init__(self, config: Config) -> None:
        self.root = config.posts_folder
        self.posts = config.posts
        self.ours = frozenset(
            {
                config.public_folder,
                config.newsletters_folder,
                config.state_folder,
                config.templates_folder,
            }
        )
        self._config = config

    @cached_property
    def reader(self) -> PostParser:
        """Who understands files; loaded for the first one."""
        from publisher.posts.parser import PostParser  # noqa: PLC0415

        return PostParser.of(
            self._config, self._size_of, can_read_rst=rst_available(), in_vault=self._is_in_vault()
        )

    def _is_in_vault(self) -> bool:
        """Check whether the posts folder is an Obsidian vault, or stands in one.

        Only a vault beside or below the configuration counts.
        """
        home = self._config.path.parent
        folders = [
            self.root,
            *(folder for folder in self.root.parents if folder.is_relative_to(home)),
        ]
        return any((folder / ".obsidian").is_dir() for folder in folders)

    def scan(self) -> FolderScan:
        """Stat the tree."""
        return scan_folder(self.root, self.posts, skip=self.ours)

    def stat(self, path: str) -> FileStat | None:
        """Look at one file that a scan found.

        It is None where a whole scan is to say what became of it.
        """
        return stat_file(self.root, path, self.posts.max_bytes)

    def read(self, path: str) -> SourceFile | Problem:
        """Read one file."""
        return read_source(self.root, path, self.posts.max_bytes)

    def understand(self, file: SourceFile) -> Reading:
        """Read what a file says."""
        return self.reader.read(file)

    def _size_of(self, path: str, address: str) -> int | None:
        """Return the size of a local file that a post names, inside the posts folder only."""
        written = unquote(urlsplit(address).path)
        if urlsplit(address).scheme or not written:
            return None
        base = self.root if written.startswith("/") else (self.root / path).parent
        found = Path(os.path.realpath(base / written.lstrip("/")))
        inside = found.is_relative_to(os.path.realpath(self.root))
        return found.stat().st_size if inside and found.is_file() else None
