"""The watch over the posts folder."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from publisher.daemon.watching import Watcher

if TYPE_CHECKING:
    from pathlib import Path


def test_once_the_watch_is_there_the_folder_is_looked_at_again(tmp_path: Path) -> None:
    """What changed after the first look and before the watch was there, nobody has told of (seen to fail without the first turn)."""
    woken = threading.Event()
    watcher = Watcher(tmp_path, "auto", woken.set)
    watcher.start()
    try:
        assert woken.wait(10), "nobody looks again before something else changes"
    finally:
        watcher.stop()
