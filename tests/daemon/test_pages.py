"""The daemon and the page of a post: asked for after the grace, told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from publisher.cli.running import _tell
from publisher.config import load_config
from tests.daemon.running import Daemon
from tests.end_to_end.site import Site
from tests.end_to_end.test_commands import TODAY
from tests.page_server import UP, PageServer

if TYPE_CHECKING:
    from pathlib import Path

SENDS = (
    '[newsletter]\nfrom = "A site <mail@example.org>"\ndelay = "1s"\n[delivery]\ntransport ='
    ' "smtp"\n[smtp]\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n[web]\nurl ='
    ' "https://news.example.org"\nport = 0\n'
)


def _site(folder: Path, server: PageServer) -> Site:
    site = Site(folder, url=server.url, more=SENDS)
    site.write("old.md", "---\ntitle: Old\ndate: 2020-01-01\n---\nOld words.\n")
    site.build()
    site.later(hours=1)
    return site


def test_the_daemon_waits_for_its_grace_and_then_for_the_page(tmp_path: Path) -> None:
    """A real one: the post whose page is up goes, the other waits, and the log says for what."""
    with PageServer({"/up/": UP}) as server:
        site = _site(tmp_path, server)
        with Daemon(tmp_path) as daemon:
            for name in ("up", "late"):
                site.write(
                    f"{name}.md", f"---\ntitle: {name}\ndate: {TODAY}\n---\nWords of {name}.\n"
                )
            expected = {("queued", None), ("waiting", "page not up")}
            daemon.until(
                lambda: (
                    expected <= {(line.get("state"), line.get("reason")) for line in daemon.said()}
                )
            )
            issues = [line for line in daemon.said() if line.get("event") == "issue"]
            assert {line["subject"] for line in issues if line["state"] == "queued"} == {"up"}
            (late,) = [line for line in issues if line.get("page")]
            assert (late["subject"], late["page"], late["said"]) == (
                "late",
                f"{server.url}/late/",
                "it answers 404",
            )
        assert sorted(server.asked()) == ["/late/", "/up/"]


def test_a_page_that_stays_away_is_told_once(tmp_path: Path) -> None:
    """Once for each issue, however many rounds ask; what becomes of it is told."""
    with PageServer() as server:
        site = _site(tmp_path, server)
        config, late = load_config(site.config_file, {}), set[int]()
        site.write("news.md", "---\ntitle: News\ndate: 2026-03-02\n---\nWords.\n")
        with capture_logs() as said:
            for _ in range(5):
                _tell(site.build(), config, set(), late)
                site.later(minutes=1)
            site.later(days=1)
            _tell(site.build(), config, set(), late)
    told = [
        (line["log_level"], line["state"], line["reason"])
        for line in said
        if line["event"] == "issue"
    ]
    again = ("debug", "waiting", "page not up")
    assert told == [
        ("info", "waiting", "page not up"),
        again,
        again,
        again,
        again,
        ("info", "held", "page not up"),
    ]
