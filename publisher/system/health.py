"""What works in this process and what does not.

No fault ends a thread, none is hidden, and none fills the log.

::

    a step of a thread --raises--> minding() --> Health.failed(part)  --> log, once      /healthz
    503, status exit 1, watchdog unfed
                       --ends----> minding() --> Health.worked(part)  --> log            well again

A part is what one thread, or one kind of job, does again and again. Each is unwell from a fault
until it worked again.
"""

from __future__ import annotations

import threading
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from publisher.errors import PublisherError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


log = structlog.get_logger("publisher")

AFTER_A_FAULT = 1.0
"""Seconds that a thread rests at least after a fault."""

_QUIET = timedelta(minutes=15)
"""A fault that comes back sooner than this was told already."""

_MOST_TOLD = 1000
_OURS = str(Path(__file__).parent.parent)
_LAPSES = timedelta(minutes=10)
"""How long a visitor's fault counts: a page that nobody asks for again proves nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a part is unwell.

    Attributes:
        part: What failed: ``round``, ``sending``.
        error: What was raised, in words.
        cure: What to do about it; may be empty.
        since: When it began.
        last: When it was seen last.
        times: How often it was seen since it began.
        by_visitor: A request of somebody on the network met it.
    """

    part: str
    error: str
    cure: str
    since: datetime
    last: datetime
    times: int = 1
    by_visitor: bool = False

    def as_json(self) -> dict[str, object]:
        """Return it for machines."""
        since, last = self.since.isoformat(), self.last.isoformat()
        return {
            "part": self.part,
            "error": self.error,
            "cure": self.cure,
            "since": since,
            "last": last,
            "times": self.times,
        }


class Health:
    """The parts of one process; used by all of its threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._faults: dict[str, Fault] = {}
        self._told: dict[tuple[str, ...], datetime] = {}

    @contextmanager
    def minding(self, part: str, *, by_visitor: bool = False) -> Iterator[None]:
        """Yield to a step of a part: what it raises is logged and ends nothing.

        Args:
            part: Which.
            by_visitor: Somebody on the network asked for it.
        """
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        # A panic in one of the Rust libraries is no Exception, and would end the thread
        except BaseException as error:  # noqa: BLE001
            self.failed(part, error, by_visitor=by_visitor)
        else:
            self.worked(part)

    def failed(self, part: str, error: BaseException, *, by_visitor: bool = False) -> None:
        """Keep a fault.

        It is logged with its traceback where it is new; the same again is counted.
        """
        now, cure = self._now(), error.cure if isinstance(error, PublisherError) else ""
        with self._lock:
            known = self._faults.get(part)
            kept = (
                replace(known, last=now, times=known.times + 1)
                if known is not None
                else Fault(part, "", "", now, now)
            )
            self._faults[part] = replace(
                kept, error=_words(error), cure=cure, by_visitor=by_visitor
            )
            signature = _signature(part, error)
            if len(self._told) > _MOST_TOLD:
                self._told = {name: at for name, at in self._told.items() if now - at < _QUIET}
            told, self._told[signature] = self._told.get(signature), now
        if told is not None and now - told < _QUIET:
            return
        # What an operator can mend says so itself; a fault of the program is where it was raised.
        trace = None if isinstance(error, PublisherError) else error
        event, said = f"{part} failed", {"cure": cure} if cure else {}
        log.error(event, error=_words(error), exc_info=trace, **said)

    def worked(self, part: str) -> None:
        """Keep that a part worked: whatever was wrong with it is over."""
        if part not in self._faults:
            return
        with self._lock:
            over = self._faults.pop(part, None)
        if over is not None:
            event = f"{part} works again"
            log.info(
                event, after=str(self._now() - over.since).partition(".")[0], faults=over.times
            )

    def faults(self) -> list[Fault]:
        """Return what is wrong now, oldest first; nothing where all is well."""
        now = self._now()
        with self._lock:
            found = [
                fault
                for fault in self._faults.values()
                if not fault.by_visitor or now - fault.last < _LAPSES
            ]
        return sorted(found, key=lambda fault: fault.since)

    def feeds_watchdog(self) -> bool:
        """Return whether the service manager may think that all is well.

        A fault that only a visitor's request met does not starve the watchdog: nobody on the
        network is to restart this process.
        """
        return all(fault.by_visitor for fault in self.faults())


class Supervised:
    """A thread that does one step after another until it is told to end, whatever the steps raise.

    Attributes:
        ending: Set once it is told to end.
    """

    def __init__(
        self, name: str, step: Callable[[], None], health: Health, *, every: float = 0.0
    ) -> None:
        """Make it; :meth:`start` begins.

        Args:
            name: Of the thread, and of the part that it is.
            step: What it does again and again.
            health: Is told of each fault, and of each step that ends well.
            every: Seconds between two steps, unless woken.
        """
        self._name, self._step, self._health, self._every = name, step, health, every
        self.ending, self._woken = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Wake the thread: the next step is due now."""
        self._woken.set()

    def stop(self, timeout: float | None = None) -> None:
        """End after the step in hand."""
        self.ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def is_alive(self) -> bool:
        """Return whether it works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self.ending.is_set():
            if not self._is_done_well():
                # Not even somebody who wakes it makes a thread with a fault go round as fast as it
                # can.
                self.ending.wait(AFTER_A_FAULT)
            self._woken.wait(self._every)
            self._woken.clear()

    def _is_done_well(self) -> bool:
        with self._health.minding(self._name):
            self._step()
            return True
        return False


def _words(error: BaseException) -> str:
    if isinstance(error, PublisherError):
        return error.message
    return f"{type(error).__name__}: {error}".rstrip(": ").partition("\n")[0]


def _signature(part: str, error: BaseException) -> tuple[str, ...]:
    """Return what tells a fault from others.

    That is its words for an operator, else the place where it was raised: other words may count
    or name something.
    """
    if isinstance(error, PublisherError):
        return part, error.message
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(_OURS)
    ]
    return (
        part,
        type(error).__name__,
        *(f"{frame.filename}:{frame.lineno}" for frame in frames[-1:]),
    )
