"""The posts folder of one configuration: its tree, its files, and who understands them."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from publisher.markup.models import rst_available
from publisher.posts.folder.names import is_temporary
from publisher.posts.folder.source_files import read_source, stat_file
from publisher.posts.folder.tree import scan_folder

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.errors import Problem
    from publisher.posts.models import Reading, SourceFile
    from publisher.posts.parser import PostParser
    from publisher.posts.scan import FolderScan
    from publisher.system.files import FileStat

__all__ = ("PostsFolder", "is_temporary", "read_source", "scan_folder", "stat_file")


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
