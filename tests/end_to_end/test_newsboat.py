"""A terminal feed reader subscribes to a served folder and shows the entries."""

from __future__ import annotations

import functools
import shutil
import sqlite3
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    shutil.which("newsboat") is None, reason="newsboat is not installed"
)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A built site's public folder, over HTTP on loopback."""
    site = Site(tmp_path)
    for number in (1, 2):
        site.write(
            f"p{number}.md",
            f"---\ntitle: Post {number} & more\ndate: 2026-01-0{number}\n---\nWords {number}.\n",
        )
    site.build()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(tmp_path / "public"))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("file", ["feed.xml", "atom.xml"])
def test_newsboat_shows_the_entries(served: str, tmp_path: Path, file: str) -> None:
    """Its cache holds the titles, the addresses and the ids that were written."""
    home = tmp_path / "newsboat"
    home.mkdir()
    (home / "urls").write_text(f"{served}/{file}\n", "utf-8")
    (home / "config").write_text("", "utf-8")
    command = [
        "newsboat",
        "-u",
        str(home / "urls"),
        "-c",
        str(home / "cache.db"),
        "-C",
        str(home / "config"),
        "-x",
        "reload",
    ]
    subprocess.run(
        command,
        check=True,
        timeout=60,
        capture_output=True,
        env={"HOME": str(home), "LANG": "C.UTF-8"},
    )
    connection = sqlite3.connect(home / "cache.db")
    rows = connection.execute("SELECT title, url, guid FROM rss_item ORDER BY title").fetchall()
    connection.close()
    assert [row[:2] for row in rows] == [
        ("Post 1 & more", "https://example.org/p1/"),
        ("Post 2 & more", "https://example.org/p2/"),
    ]
    assert {row[2] for row in rows} == {
        "tag:example.org,2026-01-01:p1",
        "tag:example.org,2026-01-02:p2",
    }
