"""The daemon, started for real, in front of a real mail server: what is saved is mailed, once."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.daemon.running import Daemon
from tests.delivery.smtp_script import At, stall
from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """[site]
title = "A site"
url = "https://example.org"
[posts]
settle = 0.2
[newsletter]
from = "Mira <mira@example.org>"
delay = 0
wait_for_page = false
[web]
url = "https://news.example.org"
port = 0
[delivery]
transport = "smtp"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
"""


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A mail server that takes everything."""
    with SmtpServer() as running:
        yield running


def _site(folder: Path, server: SmtpServer, *people: str) -> None:
    (folder / "posts").mkdir()
    (folder / "config.toml").write_text(CONFIG.format(port=server.port))
    for arguments in (
        ["build"],
        *(["subscribers", "add", person, "--consent", "asked"] for person in people),
    ):
        assert publisher(*arguments, "-c", folder / "config.toml").returncode == 0
    server.messages.clear()


def test_a_saved_post_is_in_the_inbox_without_anybody_doing_anything(
    tmp_path: Path, server: SmtpServer
) -> None:
    """Saved, seen, queued, sent, finished; a restart sends nothing again."""
    _site(tmp_path, server, "ada@example.net", "bea@example.net")
    with Daemon(tmp_path) as daemon:
        daemon.write("news.md", "News", date=datetime.now(UTC).strftime("%Y-%m-%d"))
        assert len(server.wait_for_messages(2, 30)) == 2
        daemon.until(lambda: any(line.get("state") == "sent" for line in daemon.said()))
    with Daemon(tmp_path) as daemon:
        daemon.until(lambda: any(line.get("event") == "watching" for line in daemon.said()))
    assert sorted(message.recipient for message in server.messages) == [
        "ada@example.net",
        "bea@example.net",
    ]


def test_stopping_finishes_the_message_in_hand_and_begins_no_other(
    tmp_path: Path, server: SmtpServer
) -> None:
    """SIGTERM in the middle of an issue.

    What was begun is marked, the rest waits, and the next start sends just that.
    """
    people = [f"reader{n}@example.net" for n in range(6)]
    _site(tmp_path, server, *people)
    server.script.at(At.END, stall(1.0))
    with Daemon(tmp_path, PUBLISHER_SMTP__CONNECTIONS="1") as daemon:
        daemon.write("news.md", "News", date=datetime.now(UTC).strftime("%Y-%m-%d"))
        server.wait_for_messages(1, 30)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.process.wait(20)
    begun = len(server.messages)
    assert begun < len(people)
    server.script.clear()
    with Daemon(tmp_path):
        server.wait_for_messages(len(people), 30)
    assert sorted(message.recipient for message in server.messages) == people
