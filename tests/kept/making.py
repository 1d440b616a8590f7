"""A site that an installed version of the program works on, by our own clock and mail server."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Self

from tests.daemon.wrong_clock import WrongClock
from tests.delivery.smtp_script import At
from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE = 60.0
_HOST = (
    "#include <string.h>\nint gethostname(char *name, unsigned long size) { strncpy(name,"
    ' "harbour", size); return 0; }\n'
)
"""No name of the machine that makes the state gets into it: a claim names its host."""
_LINK = re.compile(r"https://news\.example\.org/(unsubscribe|preferences|confirm)/([A-Za-z0-9_-]+)")


class Making:
    """One site: ``url`` names its PostgreSQL database."""

    def __init__(self, program: Path, folder: Path, config: str, key: str, url: str = "") -> None:
        self.program, self.folder, self.posts, self.url = program, folder, folder / "posts", url
        self.posts.mkdir(parents=True)
        (folder / "config.toml").write_text(config, "utf-8")
        (folder / "state").mkdir(mode=0o700)
        (folder / "state" / "secret.key").write_text(key + "\n")
        (folder / "state" / "secret.key").chmod(0o600)
        self.clock_folder = folder.with_name(f"{folder.name}-clock")
        self.server, self.clock = SmtpServer(), WrongClock(self.clock_folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.web = int(probe.getsockname()[1])
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith("PUBLISHER_")
        }
        preload = f"{self.clock.environ['LD_PRELOAD']}:{self._named_host()}"
        self.environ = {
            **environ,
            **self.clock.environ,
            "LD_PRELOAD": preload,
            "PUBLISHER_WEB__PORT": str(self.web),
            "CI": "",
        }
        if url:
            self.environ["PUBLISHER_STATE__URL"] = url
        self.daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.server.start()
        self.environ["PUBLISHER_SMTP__PORT"] = str(self.server.port)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.server.stop()

    def _named_host(self) -> Path:
        source = self.clock_folder / "host.c"
        source.write_text(_HOST)
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-o", source.with_suffix(".so"), source], check=True
        )
        return source.with_suffix(".so")

    def at(self, instant: str) -> None:
        """Set the clock, in UTC."""
        self.now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        self.clock.set(round(self.now.timestamp() - time.time()))

    def write(self, path: str, text: str) -> None:
        """Write a post that was left alone for a minute."""
        target = self.posts / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        stamp = int(self.now.timestamp()) - 60
        os.utime(target, (stamp, stamp))

    def run(self, *words: object, statuses: tuple[int, ...] = (0,), **environ: str) -> str:
        """Run a command to its end, and return what it printed."""
        command = [str(self.program), *map(str, words)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode in statuses, (
            f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def json(self, *words: object, **environ: str) -> dict[str, Any]:
        """Run a command and return its JSON object."""
        found: dict[str, Any] = json.loads(self.run(*words, "--json", statuses=(0, 1), **environ))
        return found

    def start(self, *words: str) -> None:
        """Start a process that goes on."""
        with (self.clock_folder / "daemon.log").open("ab") as log:
            self.daemon = subprocess.Popen(
                [self.program, *words],
                cwd=self.folder,
                env={**self.environ, "PUBLISHER_SCHEDULE__SCAN": "1s"},
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        """Kill it where it stands."""
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()
            self.daemon = None

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "waited for too long"
            time.sleep(0.1)

    def issue(self, subject: str) -> dict[str, Any]:
        """Return the newest issue of this subject; an empty one where there is none."""
        found = [
            issue for issue in self.json("issues", "list")["issues"] if issue["subject"] == subject
        ]
        return found[-1] if found else {}

    def delivery(self, address: str) -> dict[str, Any]:
        """Return the newest message to an address."""
        found = self.json("deliveries", "list", "--address", address)["deliveries"]
        return found[0] if found else {}

    def post(self, path: str, **fields: str) -> int:
        """Send a form to the web side, and return the status of the answer, wherever that leads."""
        data = urllib.parse.urlencode(
            {name.replace("_", "-"): value for name, value in fields.items()}
        ).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.web}{path}", data, method="POST")
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def answers(self) -> bool:
        """Return whether the web side listens."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.web)) == 0

    def is_in_hand(self, address: str) -> bool:
        """Return whether a message was said whole and waits for its answer."""
        server = self.server
        whole = server.count(At.BODY) == server.count(At.END)
        return whole and server.heard[-2:] == [f"RCPT TO:<{address}>", "DATA"]

    def inbox(self) -> list[dict[str, str]]:
        """Return what every message said that the server took, oldest first."""
        return [_read(message.recipient, message.data) for message in self.server.messages]

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.folder)
        shutil.rmtree(self.clock_folder)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def _read(recipient: str, data: bytes) -> dict[str, str]:
    parsed = message_from_bytes(data, policy=policy.default)
    body = parsed.get_body(("plain",))
    assert body is not None
    links = {page: f"/{page}/{token}" for page, token in _LINK.findall(body.get_content())}
    return {
        "to": recipient,
        "subject": str(parsed["Subject"]),
        "message_id": str(parsed["Message-ID"]),
        **links,
    }
