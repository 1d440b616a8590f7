"""Where messages end up.

A mail server of the tests' own, or a real Postfix that hands everything to one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tests.delivery.postfix import Postfix
    from tests.delivery.smtp_server import SmtpServer


_PATIENCE = 120.0


class Inboxes(Protocol):
    """What a test needs of a relay and the readers behind it."""

    @property
    def port(self) -> int:
        """Where the relay listens."""
        ...

    def settle(self) -> None:
        """Wait until what the relay took has arrived."""

    def taken(self) -> list[tuple[str, bytes]]:
        """Return whom messages reached, and the messages."""
        ...


class Direct:
    """Readers whose mail server is the relay itself."""

    def __init__(self, server: SmtpServer) -> None:
        self._server, self.port, self._before = server, server.port, len(server.messages)

    def settle(self) -> None:
        """Wait until everything that was on its way has come."""
        self._server.wait_for_goodbyes()

    def taken(self) -> list[tuple[str, bytes]]:
        """Return recipient and message of everything that came since the last call."""
        self.settle()
        found, self._before = self._server.messages[self._before :], len(self._server.messages)
        return [(message.recipient, message.data) for message in found]


class ThroughPostfix(Direct):
    """Readers behind a Postfix.

    Attributes:
        log: Its mail log.
    """

    def __init__(self, postfix: Postfix, sink: SmtpServer) -> None:
        super().__init__(sink)
        self._postfix, self.port, self.log = postfix, postfix.port, postfix.log

    def settle(self) -> None:
        """Wait until Postfix has said all it has to say, and delivered all it took."""
        ends = time.monotonic() + _PATIENCE
        while not self._is_quiet():
            assert time.monotonic() < ends, "Postfix does not come to rest"
            time.sleep(0.1)

    def _is_quiet(self) -> bool:
        came = left = took = delivered = 0
        for line in self._postfix.lines():
            came += ": connect from " in line
            left += ": disconnect from " in line
            took += "(queue active)" in line
            delivered += line.endswith(": removed")
        return came == left and took == delivered
