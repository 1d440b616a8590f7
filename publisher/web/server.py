"""uvicorn in a thread of its own: signals stay with whoever started it."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import uvicorn

from publisher.errors import PublisherError
from publisher.garbage import collect_steadily

if TYPE_CHECKING:
    from fastapi import FastAPI

    from publisher.config import WebConfig

_PATIENCE = 10.0
_SWITCH = 0.0005
"""Seconds a thread may hold the interpreter while another waits; Python's own 5 ms add up over the steps of a request."""


class WebServerError(PublisherError):
    """The address cannot be listened on."""

    exit_status = 2


class WebServer:
    """Serves the application until stopped.

    Attributes:
        port: Where it listens, known after ``start``.
    """

    def __init__(self, app: FastAPI, config: WebConfig) -> None:
        self.config = config
        settings = uvicorn.Config(
            app, host=config.host, port=config.port, log_config=None, access_log=False, server_header=False, lifespan="off",
            proxy_headers=bool(config.trusted_proxies), forwarded_allow_ips=list(config.trusted_proxies), timeout_keep_alive=15,
            timeout_graceful_shutdown=5, ws="none",
        )  # fmt: skip
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._failed = ""
        self.port = config.port

    def start(self) -> None:
        """Begin, and return when it listens.

        Threads of the daemon hand over sooner from here on, so that a round in hand keeps no reader waiting; and the collector looks
        rarely, because a round makes many short-lived values (p99 of readers 70 ms before, 20 to 40 ms after).

        Raises:
            WebServerError: It cannot listen there.
        """
        sys.setswitchinterval(_SWITCH)
        collect_steadily()
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_PATIENCE / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            waited.wait(0.02)
        if not self._server.started:
            where = f"{self.config.host}:{self.config.port}"
            raise WebServerError(f"web: cannot listen on {where}.", cure="Is another program there? Set web.host and web.port.")
        sockets = [socket for server in self._server.servers for socket in server.sockets]
        self.port = sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End after the requests in hand."""
        self._server.should_exit = True
        self._thread.join(_PATIENCE)

    def _serve(self) -> None:
        try:
            self._server.run()
        except SystemExit:
            # uvicorn leaves with an exit status when it cannot listen; start() tells it.
            self._failed = "cannot listen"
