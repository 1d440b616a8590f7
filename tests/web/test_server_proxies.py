"""nginx and Caddy in front, with the configurations of ``deploy/``.

Feeds from the disk, pages from us.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.conftest import ROOT
from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _nginx(folder: Path, public: Path, upstream: int) -> tuple[list[str], int]:
    port = _port()
    text = (ROOT / "deploy" / "nginx.conf").read_text().replace("/srv/site/public", str(public))
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(
        "127.0.0.1:8080", f"127.0.0.1:{upstream}"
    )
    (folder / "site.conf").write_text(text)
    temporary = " ".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    outer = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; user root; events {{}}"
    main = f"{outer} http {{ access_log off; {temporary} include {folder}/site.conf; }}"
    (folder / "nginx.conf").write_text(main)
    return [
        "nginx",
        "-p",
        str(folder),
        "-c",
        str(folder / "nginx.conf"),
        "-e",
        str(folder / "error.log"),
    ], port


def _caddy(folder: Path, public: Path, upstream: int) -> tuple[list[str], int]:
    port = _port()
    text = (ROOT / "deploy" / "Caddyfile").read_text().replace("/srv/site/public", str(public))
    text = text.replace("news.example.org {", f"http://127.0.0.1:{port} {{").replace(
        "127.0.0.1:8080", f"127.0.0.1:{upstream}"
    )
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], port


@pytest.fixture(params=["nginx", "caddy"])
def proxied(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Served, httpx.Client]]:
    """A served site behind a web server."""
    program: str = request.param
    if shutil.which(program) is None:
        pytest.skip(
            f"{program} is not installed (Debian: apt install"
            f" {'nginx-light' if program == 'nginx' else program})"
        )
    (tmp_path / "proxy").mkdir()
    tmp_path.chmod(0o755)
    make: Callable[[Path, Path, int], tuple[list[str], int]] = {"nginx": _nginx, "caddy": _caddy}[
        program
    ]
    with Served(tmp_path / "site", more='trusted_proxies = ["127.0.0.1"]\n') as served:
        served.site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nA.\n")
        served.site.build()
        command, port = make(tmp_path / "proxy", tmp_path / "site" / "public", served.server.port)
        environ = {
            "HOME": str(tmp_path),
            "XDG_DATA_HOME": str(tmp_path),
            "PATH": "/usr/sbin:/usr/bin:/bin",
        }
        log = (tmp_path / "proxy.log").open("w")
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environ)
        try:
            deadline = time.monotonic() + 15
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/healthz")
                    break
                except httpx.TransportError:
                    assert time.monotonic() < deadline, (tmp_path / "proxy.log").read_text()
                    time.sleep(0.05)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                yield served, client
        finally:
            process.terminate()
            process.wait(10)
            log.close()


def test_feeds_come_from_the_disk_and_pages_from_us(proxied: tuple[Served, httpx.Client]) -> None:
    """Types, conditional requests, the form; and the caller's own network counts."""
    served, client = proxied
    kinds = {
        "/feed.xml": "application/rss+xml",
        "/atom.xml": "application/atom+xml",
        "/feed.json": "application/feed+json",
    }
    for path, kind in kinds.items():
        first = client.get(path)
        assert (first.status_code, first.headers["content-type"]) == (
            200,
            f"{kind}; charset=utf-8",
        ), path
        assert "max-age=300" in first.headers["cache-control"]
        assert 'rel="self"' in first.headers["link"]
        assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    assert "<form" in client.get("/").text
    assert client.post("/subscribe", data={"email": "ada@example.org"}).status_code == 303
    served.mail_thread.work()
    assert len(served.letters()) == 1
    assert client.get("/metrics").status_code == 404
    assert client.get("/nothing.xml").status_code == 404
    assert client.post("/subscribe", content=b"x" * 20_000).status_code == 413
