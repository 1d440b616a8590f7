"""Ask for a round when the posts folder changes, and say which files did.

A folder that vanishes is waited for.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import structlog
from watchfiles import watch

from publisher.posts.folder import is_temporary
from publisher.system.health import Supervised

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from watchfiles.main import FileChange

    from publisher.system.health import Health


log = structlog.get_logger("publisher")

STEP_MS = 16
"""Milliseconds between looks at the system's queue: two of them decide the latency; ``debounce``
does not."""

TURN_MS = 1000
"""Milliseconds after which the watch gives a turn although nothing changed."""

PART = "watching"
"""What it is, as a part of a process that may be unwell."""

_RETRY = 2.0

_CURE = (
    "Raise fs.inotify.max_user_watches (or max_user_instances); until 'publisher run' is started"
    " again the folder is polled."
)


class FileWatcher:
    """Watches one folder in a thread of its own.

    Attributes:
        folder: What is watched; it may be missing for a while.
        mode: ``auto`` asks the system, ``poll`` looks, ``off`` does nothing.
        wake: Is given the paths of what changed, relative to the folder; none where that is not
            known.
        health: Is told of faults. That the system's limits make it look instead of being told is
            none.
    """

    def __init__(
        self, folder: Path, mode: str, wake: Callable[[Collection[str]], None], health: Health
    ) -> None:
        self.folder, self.mode, self._wake, self._health = folder, mode, wake, health
        self._polling = self._shut = mode == "poll"
        self._is_first = True
        self._thread = Supervised(PART, self._step, health, every=_RETRY)

    def start(self) -> None:
        """Start to watch, unless watching is off."""
        if self.mode != "off":
            self._thread.start()

    def stop(self) -> None:
        """End; waits until the thread is gone."""
        self._thread.stop(5)

    def _step(self) -> None:
        """Watch until the folder goes, or cannot be watched in this way."""
        if not self._is_first:
            self._wake(())
        self._is_first = False
        try:
            self._watch(polling=self._polling, shut=self._shut)
        except FileNotFoundError:
            pass  # not there: the scheduled scan reports it, we wait until it is back
        except PermissionError:
            self._shut = (
                True  # a folder inside may not be read: the scan reports it, the others are watched
            )
        except (OSError, RuntimeError) as error:  # the system's limits, of watches and of watchers
            if self._polling:
                raise
            log.warning("watching by the system failed", error=str(error), cure=_CURE)
            self._polling = self._shut = True

    def _watch(self, *, polling: bool, shut: bool) -> None:
        """Wake rounds until the folder goes.

        ``shut`` leaves folders out that may not be read, and with them those beyond the limit.
        """
        batches = watch(
            self.folder,
            stop_event=self._thread.ending,
            step=STEP_MS,
            # Eight files saved within a second came as eight batches at every debounce tried: it
            # bounds the wait, no more.
            debounce=200,
            rust_timeout=TURN_MS,
            yield_on_timeout=True,
            force_polling=polling,
            poll_delay_ms=1000,
            ignore_permission_denied=shut,
            raise_interrupt=False,
            watch_filter=None,
        )
        # A folder that is moved away and replaced keeps its name: the system goes on watching the
        # old one.
        inode, is_first = self.folder.stat().st_ino, True
        for changes in batches:
            self._health.worked(PART)
            # At its first turn the watch is certainly there; what changed before, after the folder
            # was last looked at, nobody has seen.
            paths = self._paths(changes)
            if paths or is_first:
                self._wake(() if is_first else paths)
            is_first = False
            if not self.folder.is_dir() or self.folder.stat().st_ino != inode:
                self._wake(())
                return

    def _paths(self, changes: Iterable[FileChange]) -> set[str]:
        """Return the paths of changes, without those that no scan looks at."""
        relative = (os.path.relpath(path, self.folder).replace(os.sep, "/") for _, path in changes)
        return {path for path in relative if not any(map(is_temporary, path.split("/")))}
