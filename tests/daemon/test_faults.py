"""The daemon, started for real, while what its threads call is broken.

None ends, each fault is told once, and it is unwell meanwhile.
"""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from publisher.daemon.control_client import ask_daemon
from publisher.errors import PublisherError
from tests.commands import publisher
from tests.daemon.observed import Watched
from tests.daemon.running import PATIENCE
from tests.daemon.test_sending import CONFIG
from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


@pytest.fixture
def daemon(tmp_path: Path, server: SmtpServer) -> Iterator[Watched]:
    """A daemon over a site with one old post and one reader, after its first round."""
    made = Watched(tmp_path, server)
    made.write("first.md", "First")
    for arguments in (["build"], ["subscribers", "add", "ada@example.net", "--consent", "asked"]):
        assert publisher(*arguments, "-c", made.config).returncode == 0
    with made:
        yield made
    made.manager.close()


def test_the_mail_thread_outlives_a_broken_database(daemon: Watched) -> None:
    """The table of requests is gone.

    Issues are sent all the same, and requests are looked at once it is back.

    Seen to fail without ``minding``: the thread ends, nothing is mailed any more, and ``/healthz``
    says ok.
    """
    daemon.check_well()
    with daemon.without("signups"):
        daemon.check_unwell("looking at requests", "no such table: signups")
        daemon.write("news.md", "News", date=datetime.now(UTC).strftime("%Y-%m-%d"))
        daemon.until(
            lambda: "ada@example.net" in [message.recipient for message in daemon.server.messages]
        )
    daemon.until(
        lambda: (
            httpx.post(
                f"http://127.0.0.1:{daemon.port}/subscribe", data={"email": "bob@example.net"}
            ).status_code
            == 303
        )
    )
    daemon.until(
        lambda: "bob@example.net" in [message.recipient for message in daemon.server.messages]
    )
    daemon.check_well()
    assert len(daemon.told("looking at requests failed")) == 1
    assert len(daemon.told("looking at requests works again")) == 1


def test_sending_that_fails_goes_on_when_it_can(daemon: Watched) -> None:
    """The ledger is gone: the fault is told once, and the issue is sent when it is back."""
    with daemon.without("deliveries"):
        daemon.check_unwell("sending", "no such table: ")
    daemon.write("news.md", "News", date=datetime.now(UTC).strftime("%Y-%m-%d"))
    daemon.until(lambda: daemon.server.messages)
    daemon.check_well()


def test_rounds_outlive_a_broken_database(daemon: Watched) -> None:
    """What a round writes is gone.

    It is tried again by itself, soon, and the post is published without anybody saving anything.
    """
    with daemon.without("documents"):
        daemon.write("news.md", "News", date=datetime.now(UTC).strftime("%Y-%m-%d"))
        daemon.until(lambda: "round" in daemon.unwell())
        assert daemon.get("/healthz").status_code == 503
        assert not daemon.is_fed()
        assert len(daemon.told("round failed")) == 1
    daemon.until(lambda: "News" in daemon.titles())
    daemon.check_well()
    assert len(daemon.told("round failed")) <= 2, "an edit and a whole round fail at two places"


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 4000,
        b'{"a":' * 600,
        b'"' + b"x" * 5000,
        b"{}" * 100,
        b"GET / HTTP/1.1\r\n\r\n",
        b"null",
    ],
)
def test_garbage_in_the_socket_is_its_writers_affair(daemon: Watched, garbage: bytes) -> None:
    """It is answered as not understood, or not at all.

    The next one is heard, and the daemon is well.

    Seen to fail for 4,000 brackets where only ValueError is caught: RecursionError ended the
    thread.
    """
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(str(daemon.folder / "state" / "control.sock"))
        channel.settimeout(PATIENCE)
        channel.sendall(garbage)
        channel.shutdown(socket.SHUT_WR)
        with channel.makefile("rb") as reply:
            said = json.loads(reply.readline())
    assert "not understood" in said["error"]
    assert daemon.unwell() == []
    assert daemon.publisher("build").returncode == 0


def test_who_says_nothing_keeps_nobody_waiting(daemon: Watched) -> None:
    """Two connect and are silent.

    Whoever asks next is answered at once all the same (seen to take ten seconds with one thread).
    """
    silent = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for channel in silent:
        channel.connect(str(daemon.folder / "state" / "control.sock"))
    assert daemon.unwell() == []
    for channel in silent:
        channel.close()


def test_a_round_that_fails_is_an_answer_to_whoever_asked_for_it(daemon: Watched) -> None:
    """``build`` beside the daemon says that its round failed and ends with 1.

    The socket goes on answering.
    """
    with daemon.without("documents"):
        with pytest.raises(PublisherError, match="round failed") as failed:
            ask_daemon(daemon.folder / "state", {})
        assert failed.value.exit_status == 1
        assert "round" in daemon.unwell()
    daemon.check_well()


def test_an_own_template_that_raises_costs_no_page(daemon: Watched) -> None:
    """The page comes from the template that is shipped each time, and the log says why once."""
    own = daemon.folder / "templates" / "web" / "subscribe.html"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("{{ nothing.of.the.kind }}")
    for _ in range(5):
        answer = daemon.get("/")
        assert answer.status_code == 200
        assert "nothing" not in answer.text
    assert daemon.unwell() == []
    assert (daemon.folder / "log").read_text().count("subscribe.html:1") == 1


def test_a_page_that_raises_is_one_page_and_not_the_daemon(daemon: Watched) -> None:
    """The page is answered with 500 and told of once.

    Other pages answer, and strangers cannot starve the watchdog with it.
    """
    with daemon.without("issues"):
        for _ in range(5):
            answer = daemon.get("/issues/00000000000000000000000000000000")
            assert answer.status_code == 500
            assert "Traceback" not in answer.text
            assert "no such table" not in answer.text
        assert any(part.startswith("web page") for part in daemon.unwell())
        assert daemon.get("/healthz").status_code == 503
        assert daemon.get("/feed.xml").status_code == 200
    part = next(part for part in daemon.unwell() if part.startswith("web page"))
    (line,) = daemon.told(f"{part} failed")
    assert "no such table" in str(line["exception"])
    daemon.until(
        lambda: [other for other in daemon.unwell() if not other.startswith("web page")] == []
    )
    assert daemon.is_fed()
    assert daemon.get("/issues/00000000000000000000000000000000").status_code == 404
    daemon.check_well()


def test_no_daemon_is_no_unwell_daemon(tmp_path: Path, server: SmtpServer) -> None:
    """Where nothing runs, ``status`` has nothing to say of it: cron needs no daemon."""
    (tmp_path / "posts").mkdir()
    (tmp_path / "config.toml").write_text(CONFIG.format(port=server.port))
    done = publisher("status", "--json", "-c", tmp_path / "config.toml")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["daemon"] == {"running": False, "faults": []}
