"""The web server's thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.web.served import Served


def test_a_server_that_ends_by_itself_is_followed_by_another(served: Served) -> None:
    """Its loop ends in the middle of the service.

    A fault, told once, and pages answer again at the same port.

    Seen to fail without ``Supervised``: connections are refused for ever, and nobody knows.
    """
    port, inside = served.server.port, vars(served.server)
    first: Any = inside["_server"]
    first.should_exit = True
    deadline = time.monotonic() + 30
    while inside["_server"] is first or not inside["_server"].started:
        assert time.monotonic() < deadline, "no other one follows"
        time.sleep(0.02)
    assert served.server.port == port
    answer = httpx.get(f"{served.base}/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
