"""uvicorn in a thread of its own: signals stay with whoever started it."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import uvicorn

from publisher.errors import PublisherError
from publisher.system.garbage import collect_steadily
from publisher.system.health import Supervised

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from fastapi import FastAPI

    from publisher.config import WebConfig
    from publisher.system.health import Health

PART = "web server"
"""What it is, as a part of a process that may be unwell."""

_PATIENCE = 10.0
_SWITCH = 0.0005
"""Seconds a thread may hold the interpreter while another waits; Python's own 5 ms add up over the
steps of a request."""


class WebServerError(PublisherError):
    """The address cannot be listened on."""

    exit_status = 2


class WebServer:
    """Serves the application until stopped.

    Attributes:
        port: Where it listens, known after ``start``.
    """

    def __init__(self, app: FastAPI, config: WebConfig, health: Health) -> None:
        self.config, self._app, self._health = config, app, health
        self.port = config.port
        self._server: _Server | None = None
        self._refused = threading.Event()
        self._thread = Supervised(PART, self._serve, health)

    def start(self) -> None:
        """Start, and return when it listens.

        Threads of the daemon hand over sooner from here on, so that a round in hand keeps no reader
        waiting; and the collector looks rarely, because a round makes many short-lived values (p99
        of readers 70 ms before, 20 to 40 ms after).

        Raises:
            WebServerError: It cannot listen there.
        """
        sys.setswitchinterval(_SWITCH)
        collect_steadily()
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_PATIENCE / 0.02)):
            if self._is_up() or self._refused.is_set():
                break
            waited.wait(0.02)
        if not self._is_up():
            self._thread.ending.set()
            raise self._refusal()

    def stop(self) -> None:
        """End after the requests in hand."""
        self._thread.ending.set()
        if self._server is not None:
            self._server.should_exit = True
        self._thread.stop(_PATIENCE)

    def _is_up(self) -> bool:
        return self._server is not None and self._server.started

    def _refusal(self) -> WebServerError:
        where = f"{self.config.host}:{self.config.port}"
        return WebServerError(
            f"web: cannot listen on {where}.",
            cure="Is another program there? Set web.host and web.port.",
        )

    def _serve(self) -> None:
        """Serve until told to end.

        A server that ends otherwise is a fault, and another one follows it at the same port.
        """
        has_been_up = self._is_up()
        self._server = _Server(self._settings(), self._came_up)
        try:
            self._server.run()
        except SystemExit as error:
            # uvicorn leaves with an exit status when it cannot listen; at first start() tells of
            # it.
            if not has_been_up:
                self._refused.set()
                self._thread.ending.set()
                return
            raise self._refusal() from error
        if not self._thread.ending.is_set():
            raise WebServerError("web: the server ended by itself.", cure="It is started again.")

    def _came_up(self) -> None:
        assert self._server is not None
        sockets = [socket for server in self._server.servers for socket in server.sockets]
        self.port = sockets[0].getsockname()[1]
        self._health.worked(PART)

    def _settings(self) -> uvicorn.Config:
        web = self.config
        return uvicorn.Config(
            self._app, host=web.host, port=self.port, log_config=None, access_log=False,
            server_header=False, lifespan="off",
            proxy_headers=bool(web.trusted_proxies), forwarded_allow_ips=list(web.trusted_proxies),
            timeout_keep_alive=15,
            timeout_graceful_shutdown=5, ws="none",
        )  # fmt: skip


class _Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, settings: uvicorn.Config, came_up: Callable[[], None]) -> None:
        super().__init__(settings)
        self._came_up = came_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._came_up()
