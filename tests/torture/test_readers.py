"""Readers that fetch a feed while it is written anew, again and again.

Each gets one version, whole.
"""

from __future__ import annotations

import hashlib
import http.client
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.torture.daemons import free_port, running, until
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG, scaled
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.torture.forks import Forks

READS = scaled(10_000, 1000)
BUILDS = scaled(200, 3)
WORDS = "These are the words of a long letter. " * 1500


class Reader(threading.Thread):
    """Reads until it is told to end.

    Attributes:
        count: How often it has read.
        seen: Digests of what it got.
    """

    def __init__(self, read: Callable[[], bytes]) -> None:
        super().__init__()
        self._read, self._ended = read, threading.Event()
        self.count, self.seen = 0, set[str]()

    def run(self) -> None:
        """Read."""
        while not self._ended.is_set():
            self.seen.add(digest(self._read()))
            self.count += 1

    def end(self) -> None:
        """End after the read in hand."""
        self._ended.set()
        self.join()


def digest(data: bytes) -> str:
    """Name a version of the feed."""
    return hashlib.sha256(data).hexdigest()


def over_http(port: int) -> Callable[[], bytes]:
    """Return what fetches the feed from a server on this machine, as a program of a reader does."""

    def fetch() -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/feed.xml")
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        assert answer.status == 200
        return data

    return fetch


@contextmanager
def any_server(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder with a server that knows nothing of us."""
    command = [
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: _answers(port))
        yield
        process.terminate()


def _answers(port: int) -> bool:
    try:
        return bool(over_http(port)())
    except OSError:
        return False


def test_no_reader_ever_sees_a_torn_feed(tmp_path: Path, forks: Forks) -> None:
    """Thousands of reads while processes build: every one is a version that was.

    In the long run also over our web server, and another.

    The defence is the rename in ``output.py:_replace`` (seen to fail where it writes in place).
    """
    ours, other = free_port(), free_port()
    subscribed_site = SubscribedSite(tmp_path / "site", 0, web=ours)
    subscribed_site.write("First", words=WORDS)
    subscribed_site.publish()
    feed = subscribed_site.folder / "public" / "feed.xml"
    versions = {digest(feed.read_bytes())}
    with ExitStack() as servers:
        readers = [Reader(feed.read_bytes)]
        if LONG:
            servers.enter_context(running(subscribed_site, "serve", ours))
            servers.enter_context(any_server(feed.parent, other))
            readers += [Reader(over_http(ours)), Reader(over_http(other))]
        for reader in readers:
            reader.start()
        while len(versions) <= BUILDS or min(reader.count for reader in readers) < READS:
            subscribed_site.write("First", words=f"{WORDS}{len(versions)}")
            assert forks.begin(subscribed_site, builds=True).wait() == 0, forks.said()
            versions.add(digest(feed.read_bytes()))
        for reader in readers:
            reader.end()
    torn = [len(reader.seen - versions) for reader in readers]
    reads = sum(reader.count for reader in readers)
    record(
        Trial(
            "reads of a feed while it is built, from the file and over HTTP",
            reads,
            sum(torn),
            f"{len(versions) - 1} builds",
        )
    )
    assert sum(torn) == 0, torn
    assert all(len(reader.seen) > 1 for reader in readers)
