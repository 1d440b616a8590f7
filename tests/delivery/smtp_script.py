"""What a test's mail server does at a step of the conversation instead of the usual."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


class At(StrEnum):
    """A step: before the reply to a command.

    ``BODY`` is when the first bytes of a message came, ``END`` after its final dot.
    """

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    END = "end"
    RSET = "rset"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Act:
    """What happens at a step, in this order. Made by :func:`say` and the functions below.

    Attributes:
        gate: Waited for first.
        wait: Seconds to wait.
        reply: What is sent, line ends and all; None for the usual. What a reply of 2xx or 3xx
            promises is done.
        endless: Sent again and again until the client leaves.
        trickle: Sent byte by byte, twenty a second.
        leaves: The server closes the connection afterwards.
        resets: It does so without goodbye: the client's next word meets an error.
        takes: The message counts as accepted whatever is said.
    """

    gate: threading.Event | None = None
    wait: float = 0.0
    reply: bytes | None = None
    endless: bytes = b""
    trickle: bytes = b""
    leaves: bool = False
    resets: bool = False
    takes: bool = False


def say(*lines: str, wait: float = 0.0, leaves: bool = False) -> Act:
    """Send these lines as the reply."""
    return Act(wait=wait, reply="".join(f"{line}\r\n" for line in lines).encode(), leaves=leaves)


def send(reply: bytes) -> Act:
    """Send exactly these bytes."""
    return Act(reply=reply)


def stall(seconds: float = math.inf) -> Act:
    """Say nothing for so long, then the usual."""
    return Act(wait=seconds)


def hold(gate: threading.Event) -> Act:
    """Say nothing until the test opens the gate, then the usual."""
    return Act(gate=gate)


def drop(*, resets: bool = False, takes: bool = False) -> Act:
    """Close the connection without a word, gently or not, before or after taking the message."""
    return Act(reply=b"", leaves=True, resets=resets, takes=takes)


def babble(chunk: bytes) -> Act:
    """Send the same again and again until the client leaves."""
    return Act(endless=chunk)


@dataclass
class _Rule:
    step: At
    act: Act
    times: float
    skip: int
    to: str


@dataclass
class Script:
    """Rules for a server's behaviour; the newest that fits a step counts.

    May be changed while the server runs.

    Attributes:
        acted: How often a rule applied.
    """

    acted: int = 0
    _rules: list[_Rule] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(
        self, step: At, act: Act, *, times: float = math.inf, skip: int = 0, to: str = ""
    ) -> Self:
        """Add a rule.

        Args:
            step: When it applies.
            act: What happens.
            times: How often.
            skip: How often the step passes as usual before.
            to: Only for recipients whose address or domain this is.
        """
        with self._lock:
            self._rules.insert(0, _Rule(step, act, times, skip, to))
        return self

    def clear(self) -> None:
        """Do everything as usual from now on."""
        with self._lock:
            self._rules.clear()

    def act(self, step: At, recipient: str) -> Act | None:
        """Return what happens now."""
        with self._lock:
            for rule in self._rules:
                if (
                    rule.step is not step
                    or rule.times <= 0
                    or (rule.to and rule.to not in {recipient, recipient.rpartition("@")[2]})
                ):
                    continue
                if rule.skip:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                self.acted += 1
                return rule.act
        return None
