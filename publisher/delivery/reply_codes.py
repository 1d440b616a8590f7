"""What a mail server's reply means for a message: one pure function over a table of cases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
# Not every 5.x.x is about the address: policy (5.7.1) or size say nothing against it, and a healthy
# reader would be lost.
_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1"})
_TOO_BIG = frozenset({"5.2.3", "5.3.4"})
_LOG_IN_FIRST = frozenset({530, 534, 535, 538})
_QUOTA = "5.4.5"
_OVER_SIZE = 552
# Replies are kept with each row of the ledger, and some relays send a page of policy.
_LONGEST = 500
GO_AHEAD = 354
"""What the server says when it waits for the message (RFC 5321, 3.3)."""
CLOSING = 421
"""The server closes the connection with this reply, whatever it answers (RFC 5321, 3.8)."""


DONE, MORE_WANTED, PUT_OFF, REFUSED = 2, 3, 4, 5
"""The first digit of a reply (RFC 5321, 4.2.1)."""


class SmtpStep(StrEnum):
    """Where in the conversation a reply came (RFC 5321, 3.1 to 3.3)."""

    CONNECT = "connect"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    END = "end of data"


class Verdict(StrEnum):
    """What becomes of a message.

    ACCEPTED is the relay's responsibility from here. LATER is tried again. REFUSED is final and
    says nothing of the address; ADDRESS is final and the address's own fault. UNCERTAIN may or may
    not have been accepted. RELAY concerns every message: none was attempted. UNMADE is no reply:
    this program could not make the message now, for no reason that lies in the message.
    """

    ACCEPTED = "accepted"
    LATER = "later"
    REFUSED = "refused"
    ADDRESS = "address"
    UNCERTAIN = "uncertain"
    RELAY = "relay"
    UNMADE = "unmade"


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
        """Return the enhanced status code (RFC 3463), or nothing where its class differs."""
        match = _ENHANCED.match(self.text)
        # A 550 that says 4.2.2 contradicts itself; the three digits are what the standard binds.
        return match[0] if match is not None and int(match[1]) == self.code // 100 else ""

    def __str__(self) -> str:
        text = self.text
        if not text.isprintable():
            text = "".join(character if character.isprintable() else "?" for character in text)
        return f"{self.code} {text}"[:_LONGEST]


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What came of handing one message over.

    Attributes:
        verdict: See :class:`Verdict`.
        words: The server's own, or what happened to the connection.
    """

    verdict: Verdict
    words: str


def classify(step: SmtpStep, reply: Reply) -> Verdict:
    """Return what a reply means.

    The enhanced status code decides where there is one. Only five of them are the address's fault
    (bad mailbox, bad domain, bad syntax, null MX, disabled mailbox); policy (5.7.x), full mailboxes
    and everything temporary are never held against a reader. What concerns the sender, the login or
    the sender's allowance concerns every message.

    Args:
        step: Which command it answers.
        reply: The reply.
    """
    kind = reply.code // 100
    # RFC 5321, 4.3.2: nothing but 354 is an answer to DATA
    if step is SmtpStep.DATA and kind < PUT_OFF:
        return Verdict.ACCEPTED if reply.code == GO_AHEAD else Verdict.LATER
    if kind == DONE:
        return Verdict.ACCEPTED
    if step is SmtpStep.CONNECT or reply.code in _LOG_IN_FIRST or reply.enhanced == _QUOTA:
        # A day's allowance used up, in the words of some providers: final for no message at all.
        return Verdict.RELAY
    # No recipient was named yet: what is refused here is refused to every message.
    if step is SmtpStep.MAIL:
        return Verdict.REFUSED if _is_about_the_message(reply) else Verdict.RELAY
    if kind == REFUSED:
        return Verdict.ADDRESS if reply.enhanced in _ADDRESS else Verdict.REFUSED
    half_done = step is SmtpStep.END and kind == MORE_WANTED
    return Verdict.UNCERTAIN if half_done else Verdict.LATER


def _is_about_the_message(reply: Reply) -> bool:
    """Return whether MAIL FROM was refused for the message's own size or letters.

    Taken for the relay's, such a refusal would hold up all other messages.
    """
    enhanced = reply.enhanced
    return (
        enhanced in _TOO_BIG
        or enhanced.startswith("5.6.")
        or (reply.code == _OVER_SIZE and not enhanced)
    )
