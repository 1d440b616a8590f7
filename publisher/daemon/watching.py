"""Ask for a round when the posts folder changes, and say which files did; a folder that vanishes is waited for."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import structlog
from watchfiles import watch

from publisher.source.scan import is_temporary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from watchfiles.main import FileChange

log = structlog.get_logger("publisher")

STEP_MS = 16
"""Milliseconds between looks at the system's queue: two of them decide the latency; ``debounce`` does not."""

TURN_MS = 1000
"""Milliseconds after which the watch gives a turn although nothing changed."""

_RETRY = 2.0

_CURE = "Raise fs.inotify.max_user_watches (or max_user_instances); until 'publisher run' is started again the folder is polled."


class Watcher:
    """Watches one folder in a thread of its own.

    Attributes:
        folder: What is watched; it may be missing for a while.
        mode: ``auto`` asks the system, ``poll`` looks, ``off`` does nothing.
        wake: Is given the paths of what changed, relative to the folder; none where that is not known.
    """

    def __init__(self, folder: Path, mode: str, wake: Callable[[Collection[str]], None]) -> None:
        self.folder, self.mode, self._wake = folder, mode, wake
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        """Begin, unless watching is off."""
        if self.mode != "off":
            self._thread.start()

    def stop(self) -> None:
        """End; waits until the thread is gone."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        polling = shut = self.mode == "poll"
        while not self._stop.is_set():
            try:
                self._watch(polling=polling, shut=shut)
            except FileNotFoundError:
                pass  # not there: the scheduled scan reports it, we wait until it is back
            except PermissionError:
                shut = True  # a folder inside may not be read: the scan reports it, the others are watched
            except (OSError, RuntimeError) as error:  # the system's limits, of watches and of watchers
                if not polling:
                    log.warning("watching by the system failed", error=str(error), cure=_CURE)
                polling = shut = True
            if not self._stop.wait(_RETRY):
                self._wake(())

    def _watch(self, *, polling: bool, shut: bool) -> None:
        """Wake rounds until the folder goes; ``shut`` leaves folders out that may not be read, and with them those beyond the limit."""
        batches = watch(
            self.folder,
            stop_event=self._stop,
            step=STEP_MS,
            debounce=200,
            rust_timeout=TURN_MS,
            yield_on_timeout=True,
            force_polling=polling,
            poll_delay_ms=1000,
            ignore_permission_denied=shut,
            raise_interrupt=False,
            watch_filter=None,
        )
        inode, is_first = self.folder.stat().st_ino, True
        for changes in batches:
            # At its first turn the watch is certainly there; what changed before, after the folder was last looked at, nobody has seen.
            paths = self._paths(changes)
            if paths or is_first:
                self._wake(() if is_first else paths)
            is_first = False
            if not self.folder.is_dir() or self.folder.stat().st_ino != inode:
                self._wake(())
                return

    def _paths(self, changes: Iterable[FileChange]) -> set[str]:
        """Give the paths of changes, without those that no scan looks at."""
        relative = (os.path.relpath(path, self.folder).replace(os.sep, "/") for _, path in changes)
        return {path for path in relative if not any(map(is_temporary, path.split("/")))}
