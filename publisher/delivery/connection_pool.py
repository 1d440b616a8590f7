"""One thread for each connection.

It makes a claim's message, hands it over, and says what came of it.

A lane has at most one message in hand. The one that became idle last is taken first, so that where
the relay lets fewer connections in than there are lanes, those that are in are used.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.errors import HeaderError
from publisher.newsletter.mime import WithdrawnError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from publisher.delivery.models import Claim, Envelope
    from publisher.system.health import Health


MAKING, HANDING_OVER = "making a message", "handing a message over"
"""What lanes do, as the parts of a process that may be unwell."""


class Transport(Protocol):
    """One connection to where messages are handed over."""

    def deliver(
        self, sender: str, recipient: str, data: bytes, seconds: float, *, is_clean: bool = False
    ) -> AttemptResult: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a claim.

    Attributes:
        claim: Which.
        outcome: What came of it.
        began: When, on the clock of the lanes.
        seconds: How long it took.
    """

    claim: Claim
    outcome: AttemptResult
    began: float
    seconds: float


class ConnectionPool:
    """Threads that hand messages over.

    Attributes:
        busy: How many messages are in hand.
    """

    def __init__(
        self,
        transports: Sequence[Transport],
        write: Callable[[Claim], Envelope],
        clock: Callable[[], float],
        faults: Health,
    ) -> None:
        """Begin.

        Args:
            transports: One for each thread.
            write: Makes the message of a claim; raises HeaderError where none can ever be made,
                WithdrawnError where none is to be made.
            clock: Seconds, going on while the machine sleeps: after a claim's ``until`` nothing
                more is handed over.
            faults: Is told what went wrong in this program.
        """
        self._transports, self._write, self._clock, self._faults = transports, write, clock, faults
        # SimpleQueue is reentrant and needs no condition variable: it costs little beside a
        # message.
        self._done: SimpleQueue[tuple[int, Attempt]] = SimpleQueue()
        self._inboxes: list[SimpleQueue[Claim | None]] = [SimpleQueue() for _ in transports]
        self._idle = list(reversed(range(len(transports))))
        self._threads = [
            # Daemon threads: a relay that never answers must not keep the process from ending.
            threading.Thread(target=self._work, args=(number,), name=f"lane-{number}", daemon=True)
            for number in range(len(transports))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def count(self) -> int:
        """Number of connections."""
        return len(self._inboxes)

    @property
    def threads(self) -> list[int]:
        """Native ids of their threads."""
        return [thread.native_id for thread in self._threads if thread.native_id is not None]

    @property
    def busy(self) -> int:
        """Number of messages in hand."""
        return len(self._inboxes) - len(self._idle)

    def hand(self, claim: Claim) -> None:
        """Hand a message to an idle lane; there must be one."""
        self._inboxes[self._idle.pop()].put(claim)

    def collect(self, timeout: float, gather: float = 0.0) -> list[Attempt]:
        """Return what is done.

        It waits at most ``timeout`` seconds for the first and ``gather`` seconds for the rest.
        """
        found: list[Attempt] = []
        until = 0.0
        try:
            while self.busy:
                wait = timeout if not found else until - self._clock()
                number, attempt = (
                    self._done.get(timeout=wait) if wait > 0 else self._done.get_nowait()
                )
                # A lane that got no connection is taken last.
                self._idle.insert(
                    0 if attempt.outcome.verdict is Verdict.RELAY else len(self._idle), number
                )
                if not found:
                    until = self._clock() + gather
                found.append(attempt)
        except Empty:
            pass
        return found

    def close(self) -> None:
        """End every thread after the message in hand, and say goodbye to the relay."""
        for inbox in self._inboxes:
            inbox.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        inbox, transport = self._inboxes[number], self._transports[number]
        while (claim := inbox.get()) is not None:
            began = self._clock()
            outcome = self._attempt(transport, claim)
            self._done.put((number, Attempt(claim, outcome, began, self._clock() - began)))
        transport.close()

    def _attempt(self, transport: Transport, claim: Claim) -> AttemptResult:
        """Make a message and hand it over.

        Nothing ends the thread: the sender would wait for what it has in hand for ever.

        Only a message that can never be made is refused: a fault of the database, of memory or of
        this program is no reader's.
        """
        try:
            envelope = self._write(claim)
        except WithdrawnError as error:
            return AttemptResult(Verdict.LATER, str(error))
        except (HeaderError, UnicodeError) as error:
            return AttemptResult(Verdict.REFUSED, f"no message can be made: {error}")
        # A panic in a library written in Rust is no Exception
        except BaseException as error:  # noqa: BLE001
            self._faults.failed(MAKING, error)
            return AttemptResult(Verdict.UNMADE, f"the message could not be made: {error}")
        self._faults.worked(MAKING)
        try:
            left = claim.until - self._clock()
            outcome = transport.deliver(
                envelope.sender, envelope.recipient, envelope.data, left, is_clean=envelope.is_clean
            )
        except BaseException as error:  # noqa: BLE001 - the same
            # A fault of ours in mid-conversation: it may have been accepted.
            self._faults.failed(HANDING_OVER, error)
            return AttemptResult(Verdict.UNCERTAIN, f"a fault of this program: {error}")
        self._faults.worked(HANDING_OVER)
        return outcome
