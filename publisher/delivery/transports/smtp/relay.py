"""Where messages are handed over, and why a connection cannot go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes every message.

    Attributes:
        host: Its name.
        port: Its port.
        tls: How the connection is secured.
        username: For AUTH; nobody logs in when empty.
        password: The same; never shown.
        timeout: Seconds for each step, but for the reply to a whole message: that may take as long
            as its claim, ten minutes at most.
        reconnect_after: Messages after which a connection is made anew.
        local_name: For EHLO.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 60.0
    reconnect_after: int = 1000
    local_name: str = "localhost"


class LostError(OSError):
    """The connection is gone, or what came over it is no reply: nothing more is sent on it."""


class LateError(LostError):
    """The time for this message is over: its claim may be somebody else's by now."""
