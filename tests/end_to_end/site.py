"""A real site in a temporary folder, built by the program itself; only the clock is handed in."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from publisher.app import open_site
from publisher.config import load_config
from publisher.publishing.options import Options

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.app import App as OpenSite
    from publisher.publishing.report import Report

CONFIG = (
    '[site]\ntitle = "A site"\nurl = "{url}"\ntimezone = "{zone}"\n[posts]\nurl ='
    ' "{pattern}"\nsettle = 0\n'
)


class Site:
    """A folder with a configuration; ``build`` does one round at ``now``."""

    def __init__(
        self,
        folder: Path,
        *,
        url: str = "https://example.org",
        zone: str = "UTC",
        pattern: str = "/{slug}/",
        more: str = "",
    ) -> None:
        self.folder = folder
        self.posts = folder / "posts"
        self.posts.mkdir(parents=True, exist_ok=True)
        self.config_file = folder / "config.toml"
        self.config_file.write_text(
            CONFIG.format(url=url, zone=zone, pattern=pattern) + more, "utf-8"
        )
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def write(self, path: str, text: str) -> None:
        """Write a post that was left alone for a while."""
        target = self.posts / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        self._age(target)

    @staticmethod
    def _age(target: Path) -> None:
        info = target.stat()
        os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns - 10_000_000_000))

    def open(self) -> OpenSite:
        """Open the site as a fresh process would."""
        return open_site(load_config(self.config_file, {}))

    def build(self, **options: bool) -> Report:
        """Do one round in a fresh process's state."""
        site = self.open()
        try:
            return site.publisher().publish_once(self.now, Options(**options))
        finally:
            site.database.close()

    def later(self, **delta: float) -> None:
        """Let time pass."""
        self.now += timedelta(**delta)

    def bytes(self) -> dict[str, str]:
        """Return a digest of every file of the output folders."""
        found = {}
        for name in ("public", "newsletters"):
            for path in sorted((self.folder / name).rglob("*")):
                if path.is_file():
                    found[str(path.relative_to(self.folder))] = hashlib.sha256(
                        path.read_bytes()
                    ).hexdigest()
        return found
