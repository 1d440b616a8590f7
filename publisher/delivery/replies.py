"""What a mail server's reply means for a message: one pure function over a table of cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
_LONGEST = 500


class Step(StrEnum):
    """Where in the conversation a reply came (RFC 5321, 3.1 to 3.3)."""

    CONNECT = "connect"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    END = "end of data"


class Verdict(StrEnum):
    """What becomes of a message.

    ACCEPTED is the relay's responsibility from here. LATER is tried again. REFUSED is final and says nothing of the address; ADDRESS is
    final and the address's own fault. UNCERTAIN may or may not have been accepted. RELAY concerns every message: none was attempted.
    """

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    ADDRESS = "address"
    UNCERTAIN = "uncertain"
    RELAY = "relay"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said.

    Attributes:
        code: Three digits (RFC 5321, 4.2).
        text: Its words, lines joined by spaces.
    """

    code: int
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code (RFC 3463), or nothing when there is none of the reply's own class."""
        match = _ENHANCED.match(self.text)
        return match[0] if match is not None and int(match[1]) == self.code // 100 else ""

    def __str__(self) -> str:
        printable = "".join(character if character.isprintable() else "?" for character in self.text)
        return f"{self.code} {printable}"[:_LONGEST]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of handing one message over.

    Attributes:
        verdict: See :class:`Verdict`.
        words: The server's own, or what happened to the connection.
    """

    verdict: Verdict
    words: str


def classify(step: Step, reply: Reply) -> Verdict:
    """Say what a reply means.

    The enhanced status code decides where there is one. Only five of them are the address's fault (bad mailbox, bad domain, bad syntax,
    null MX, disabled mailbox); policy (5.7.x), full mailboxes and everything temporary are never held against a reader.

    Args:
        step: Which command it answers.
        reply: The reply.
    """
    kind = reply.code // 100
    if kind == 2 or (step is Step.DATA and reply.code == 354):  # noqa: PLR2004 - RFC 5321
        return Verdict.ACCEPTED
    if step is Step.CONNECT or reply.code in {530, 535, 538}:
        return Verdict.RELAY
    if step is Step.MAIL:
        return Verdict.REFUSED if reply.enhanced in _TOO_BIG else Verdict.RELAY
    if kind == 5:  # noqa: PLR2004 - the same
        return Verdict.ADDRESS if reply.enhanced in _ADDRESS else Verdict.REFUSED
    return Verdict.LATER
