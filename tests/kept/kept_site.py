"""A kept state, unpacked, in the hands of today's program.

As people type it, by a clock of ours, before a real mail server.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from email import policy
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING, Any, Self

import httpx

from tests.conftest import ROOT
from tests.delivery.smtp_server import SmtpServer
from tests.kept.shelf import Got, Shelf, unpack
from tests.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path


PATIENCE = 60.0
_LINK = re.compile(
    rb"https://news\.example\.org(/(unsubscribe|preferences|confirm)/[A-Za-z0-9_-]+)"
)
_UNKNOWN = ("\\restrict ", "\\unrestrict ", "SET transaction_timeout")
"""Lines of a dump that other versions of ``psql`` or of the server do not know."""


class Site:
    """A copy of a kept site.

    Attributes:
        server: Its mail server.
        before: What readers had from the version that made it.
    """

    def __init__(self, shelf: Shelf, kind: str, folder: Path, url: str, server: SmtpServer) -> None:
        self.shelf, self.kind, self.folder, self.server = shelf, kind, folder, server
        shutil.copytree(shelf.unpacked(kind), folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.environ = {
            "PUBLISHER_SMTP__PORT": str(server.port),
            "PUBLISHER_WEB__PORT": str(self.port),
        }
        if url:
            self.environ["PUBLISHER_STATE__URL"] = url
        self.before = shelf.inbox(kind)
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        self._got: list[Got] = []

    def at(self, instant: str) -> Self:
        """Let the clock say this, in UTC."""
        self.now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
        self.shelf.clock.set(round(self.now.timestamp() - time.time()))
        return self

    def write(self, path: str, words: str) -> None:
        """Write a post that was left alone for a minute."""
        (self.folder / "posts" / path).write_text(words, "utf-8")
        self.stamp([path])

    def stamp(self, paths: Iterable[str]) -> None:
        """Let files have been written a minute ago."""
        stamp = self.now.timestamp() - 60
        for path in paths:
            os.utime(self.folder / "posts" / path, (stamp, stamp))

    def run(self, *words: object, status: int = 0, **environ: str) -> str:
        """Run a command that ends with this status, and return what it printed."""
        env = {**os.environ, **self.environ, **environ}
        done = self.shelf.commands.run([str(word) for word in words], self.folder, env)
        assert done.returncode == status, (
            f"{words} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def json(self, *words: object, status: int = 0, **environ: str) -> dict[str, Any]:
        """Run a command and return its JSON object."""
        found: dict[str, Any] = json.loads(self.run(*words, "--json", status=status, **environ))
        return found

    def has_told(self, subject: str, state: str) -> bool:
        """Return whether the daemon told of an issue in a state."""
        lines = (
            json.loads(line)
            for line in (self.folder / "log").read_text().splitlines()
            if line.startswith("{")
        )
        return any(line.get("subject") == subject and line.get("state") == state for line in lines)

    def issues(self) -> list[dict[str, Any]]:
        """Return every issue, oldest first."""
        found: list[dict[str, Any]] = self.json("issues", "list")["issues"]
        return found

    def issue(self, subject: str) -> dict[str, Any]:
        """Return the one issue of this subject that is no digest."""
        return next(
            issue
            for issue in self.issues()
            if issue["subject"] == subject and not issue.get("digest")
        )

    def person(self, address: str) -> dict[str, Any]:
        """Return what is known of somebody."""
        return self.json("subscribers", "show", address)

    def got(self) -> list[Got]:
        """Return what the mail server took from today's program."""
        messages = list(self.server.messages)
        self._got += [
            _read(message.recipient, message.data) for message in messages[len(self._got) :]
        ]
        return list(self._got)

    def everybody(self, subject: str) -> Counter[str]:
        """Count who got a message of this subject so far, from either version."""
        return Counter(got.to for got in (*self.before, *self.got()) if got.subject == subject)

    def feeds(self) -> dict[str, bytes]:
        """Return every file of the public folder."""
        public = self.folder / "public"
        return {
            str(path.relative_to(public)): path.read_bytes()
            for path in sorted(public.rglob("*"))
            if path.is_file()
        }

    def ids(self) -> dict[str, str]:
        """Return the feed's ids by title."""
        return {
            item["title"]: item["id"] for item in json.loads(self.feeds()["feed.json"])["items"]
        }

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Let ``publisher run`` work meanwhile."""
        env = {
            **os.environ,
            **self.environ,
            **self.shelf.clock.environ,
            "PUBLISHER_SCHEDULE__SCAN": "1s",
            "PUBLISHER_LOG__FORMAT": "json",
        }
        command = [sys.executable, "-m", "publisher", "run", "-c", str(self.folder / "config.toml")]
        log = (self.folder / "log").open("wb")
        with log, subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) as process:
            try:
                yield
            finally:
                process.terminate()
            assert process.wait(PATIENCE) == 0, (self.folder / "log").read_text()

    def until(self, condition: Callable[[], object]) -> None:
        """Wait, within reason, until something is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            log = self.folder / "log"
            assert time.monotonic() < deadline, (
                log.read_text() if log.exists() else "waited for too long"
            )
            time.sleep(0.05)

    def restore(self) -> None:
        """Put the backup back, as its documentation says."""
        unpack(self.shelf.kept / "copy" / f"{self.kind}.tar.xz", self.folder)
        url = self.environ.get("PUBLISHER_STATE__URL")
        if url:
            dump = self.folder / "state" / "publisher.sql"
            lines = [
                line
                for line in dump.read_text("utf-8").splitlines(keepends=True)
                if not line.startswith(_UNKNOWN)
            ]
            psql = ["psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", url]
            done = subprocess.run(
                psql,
                env={**os.environ, "PATH": programs()},
                input="".join(lines),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr


@contextmanager
def taken_out(shelf: Shelf, kind: str, folder: Path, *, moved: bool = False) -> Iterator[Site]:
    """Yield a copy of a kept site, with its database and a mail server before it."""
    with shelf.database(kind, moved=moved) as url, SmtpServer() as server:
        site = Site(shelf, kind, folder, url, server)
        yield site
        site.web.close()


def _read(recipient: str, data: bytes) -> Got:
    header = BytesHeaderParser(policy=policy.default).parsebytes(data.partition(b"\r\n\r\n")[0])
    # Quoted-printable may break a line anywhere; nothing else of it can be in a link.
    whole = data.replace(b"=\r\n", b"")
    links = {page.decode(): path.decode() for path, page in _LINK.findall(whole)}
    return Got(recipient, str(header["Subject"]), str(header["Message-ID"]), links, whole)
