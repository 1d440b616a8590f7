"""Ways in which relays are known to misbehave."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.delivery.smtp_script import At, Script, babble, drop, say, send, stall
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.delivery.smtp_script import Act


@dataclass(frozen=True)
class Way:
    """One way to misbehave.

    Attributes:
        what: In a few words.
        script: Makes the server's script for those it misbehaves towards.
        share: One of so many readers is among those; 0 for none.
        most: At most so many are.
        twice: Each of them may get it twice.
        refuses: Each of them is refused for good until the server is mended.
        smtp: More of the section [smtp].
        delivery: More of the section [delivery].
        greylist: Share of the readers who are put off at first.
    """

    what: str
    script: Callable[[Iterable[str]], Script] = field(default=lambda _readers: Script())
    share: int = 7
    most: int = 10_000
    twice: bool = False
    refuses: bool = False
    smtp: str = ""
    delivery: str = ""
    greylist: float = 0.0

    def victims(self, readers: Iterable[str]) -> list[str]:
        """Return the readers towards whom the server misbehaves."""
        return [
            reader
            for reader in readers
            if self.share and zlib.crc32(reader.encode()) % self.share == 0
        ][: self.most]


def once_each(step: At, act: Act) -> Callable[[Iterable[str]], Script]:
    """Misbehave once towards each of them."""

    def make(readers: Iterable[str]) -> Script:
        script = Script()
        for reader in readers:
            script.at(step, act, times=1, to=reader)
        return script

    return make


def always(step: At, act: Act) -> Callable[[Iterable[str]], Script]:
    """Misbehave towards each of them until mended."""

    def make(readers: Iterable[str]) -> Script:
        script = Script()
        for reader in readers:
            script.at(step, act, to=reader)
        return script

    return make


def now_and_then(step: At, act: Act, every: int, times: int) -> Callable[[Iterable[str]], Script]:
    """Misbehave at each so manieth of the steps, whoever it concerns."""

    def make(_readers: Iterable[str]) -> Script:
        script = Script()
        for number in range(times):
            script.at(step, act, times=1, skip=every * (times - number))
        return script

    return make


IMPATIENT = 'timeout = "1s"'
SHORT = 'lease = "2s"'
GARBAGE = send(b"\x00\xff\xfe what? \r\n")
HUGE = send(b"250-" + b"x" * 10_000_000 + b"\r\n250 done\r\n")
KINDS = scaled(3, 1)
AT_ONCE = ("450 4.2.0 busy", "451 4.7.1 later", "452 4.2.2 full")
AFTERWARDS = ("450 4.2.0 busy", "451 4.3.0 later", "452 4.3.1 full")
FOR_GOOD = ("550 5.1.1 nobody", "552 5.2.2 full", "554 5.7.1 no")
FOR_GOOD_AFTERWARDS = ("550 5.7.1 no", "552 5.3.4 big", "554 5.6.0 no")
WAYS = [
    Way(
        "closes before the 250, having taken the message",
        once_each(At.END, drop(takes=True)),
        twice=True,
    ),
    Way("closes before the 250, without the message", once_each(At.END, drop())),
    Way("closes in the middle of the message", once_each(At.BODY, drop())),
    Way("closes after RCPT", once_each(At.RCPT, drop())),
    Way("closes after DATA", once_each(At.DATA, drop())),
    Way(
        "closes on QUIT", now_and_then(At.QUIT, drop(), 1, 40), share=0, smtp="reconnect_after = 3"
    ),
    Way("says nothing to RCPT", once_each(At.RCPT, stall()), most=scaled(8, 1), smtp=IMPATIENT),
    Way(
        "says nothing after the message",
        once_each(At.END, stall()),
        most=scaled(8, 1),
        twice=True,
        smtp=IMPATIENT,
        delivery=SHORT,
    ),
    Way(
        "421 to MAIL", now_and_then(At.MAIL, say("421 4.3.2 closing", leaves=True), 10, 5), share=0
    ),
    Way("421 to RCPT", once_each(At.RCPT, say("421 4.3.2 closing", leaves=True))),
    Way("421 after the message", once_each(At.END, say("421 4.3.2 closing", leaves=True))),
    *(Way(f"{reply} to RCPT", once_each(At.RCPT, say(reply))) for reply in AT_ONCE[:KINDS]),
    *(
        Way(f"{reply} after the message", once_each(At.END, say(reply)))
        for reply in AFTERWARDS[:KINDS]
    ),
    *(
        Way(f"{reply} to RCPT", always(At.RCPT, say(reply)), refuses=True)
        for reply in FOR_GOOD[:KINDS]
    ),
    *(
        Way(f"{reply} after the message", always(At.END, say(reply)), refuses=True)
        for reply in FOR_GOOD_AFTERWARDS[:KINDS]
    ),
    Way("greylists 30 %", share=0, greylist=0.3),
    Way("garbage to RCPT", once_each(At.RCPT, GARBAGE)),
    Way(
        "garbage after the message, having taken it",
        once_each(At.END, replace(GARBAGE, takes=True)),
        twice=True,
    ),
    Way("an endless reply to RCPT", once_each(At.RCPT, babble(b"250-and so on\r\n"))),
    Way(
        "an endless line after the message, having taken it",
        once_each(At.END, babble(b"250" + b"x" * 1000)),
        twice=True,
    ),
    Way("10 MB in reply to RCPT", once_each(At.RCPT, HUGE), most=20),
    Way(
        "10 MB in reply to the message, having taken it",
        once_each(At.END, HUGE),
        most=20,
        twice=True,
    ),
]
