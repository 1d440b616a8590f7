"""The commands about sending as people type them, in front of a real mail server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import publisher
from tests.delivery.smtp_script import At, drop, say
from tests.delivery.smtp_server import SmtpServer
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
SETTINGS = """[newsletter]
from = "Mira <mira@example.org>"
wait_for_page = false
[web]
url = "https://news.example.org"
[delivery]
transport = "smtp"
on_uncertain = "hold"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
[notify]
email = "op@example.org"
[hooks]
issue_sent = ["sh", "-c", "cat > sent.json"]
"""


class SendingSite:
    """A site with three readers, one published post, and its mail server."""

    def __init__(self, folder: Path, server: SmtpServer) -> None:
        self.site, self.server = Site(folder, more=SETTINGS.format(port=server.port)), server
        self.run("build")
        for name, tags in (("ada", ""), ("bea", ""), ("cleo", "boats")):
            self.run(
                "subscribers", "add", f"{name}@example.net", "--consent", "asked", "--tags", tags
            )
        self.run(
            "subscribers", "add", "dora@example.net", "--consent", "asked", "--cadence", "weekly"
        )
        server.messages.clear()

    def run(self, *arguments: object, status: int = 0) -> str:
        """Run a command that ends with this status, and return what it printed."""
        done = publisher(*arguments, "-c", self.site.config_file, cwd=self.site.folder)
        assert done.returncode == status, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def json(self, *arguments: object, status: int = 0) -> dict[str, Any]:
        """Run a command and return its JSON object."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json", status=status))
        return found

    def publish(self, title: str) -> int:
        """Publish a post, queue its issue, and return the issue's number."""
        self.site.write(f"{title.lower()}.md", f"---\ntitle: {title}\ndate: {TODAY}\n---\nWords.\n")
        (issue,) = self.json("build")["issues"]
        return int(issue["id"])

    def subjects(self) -> list[tuple[str, str]]:
        """Return who got what, in order."""
        lines = [(message.recipient, message.data.decode()) for message in self.server.messages]
        return sorted(
            (who, next(line for line in data.split("\r\n") if line.startswith("Subject:"))[9:])
            for who, data in lines
        )


@pytest.fixture
def sending_site(tmp_path: Path) -> Iterator[SendingSite]:
    """A site in front of a running server."""
    with SmtpServer() as server:
        yield SendingSite(tmp_path, server)


def test_run_once_does_the_whole_round(sending_site: SendingSite) -> None:
    """Scan, write, queue, send, tell the operator and the hook: the line for cron.

    A second run has nothing to do.
    """
    sending_site.site.write("news.md", f"---\ntitle: News\ndate: {TODAY}\n---\nWords.\n")
    said = sending_site.run("run", "--once")
    assert "Mail     2 sent" in said
    assert "Issue 1   sent: News" in said
    assert "NOT MAILED" not in said
    hook = json.loads((sending_site.site.folder / "sent.json").read_text())
    assert hook["issues"] == [
        {"id": 1, "subject": "News", "state": "sent", "deliveries": {"sent": 2}}
    ]
    assert sending_site.json("run", "--once")["mail"]["handed"] == 1, "the operator's mail"
    assert sending_site.subjects() == [
        ("ada@example.net", "News"),
        ("bea@example.net", "News"),
        ("op@example.org", "Finished: News"),
    ]
    assert sending_site.json("run", "--once")["mail"]["handed"] == 0


def test_a_plan_says_who_gets_it_and_is_refused_once_that_changed(
    sending_site: SendingSite,
) -> None:
    """Who, who not and why, how large; ``apply`` releases exactly that."""
    number = sending_site.publish("News")
    sending_site.run("issues", "cancel", number)
    sending_site.run("issues", "new", "news.md", "--again")
    planned = sending_site.json("send", "plan", number + 1)
    assert (planned["now"], planned["digests"], planned["not"]) == (
        2,
        {"weekly": 1},
        {"other topics": 1},
    )
    assert planned["bytes"] > 1000
    said = sending_site.run("send", "plan", number + 1)
    assert planned["plan"] in said
    sending_site.run("subscribers", "add", "eva@example.net", "--consent", "asked")
    assert "by now" in sending_site.run(
        "send", "apply", number + 1, "--plan", planned["plan"], status=2
    )
    assert sending_site.json("deliveries", "list", "--issue", number + 1)["deliveries"] == []
    fresh = sending_site.json("send", "plan", number + 1)
    sending_site.run("send", "apply", number + 1, "--plan", fresh["plan"])
    sending_site.run("run", "--once")
    assert {who for who, subject in sending_site.subjects() if subject == "News"} == {
        "ada@example.net",
        "bea@example.net",
        "eva@example.net",
    }


def test_a_test_copy_is_outside_the_ledger(sending_site: SendingSite) -> None:
    """One message to any address; nothing is counted."""
    number = sending_site.publish("News")
    sending_site.run("send", "test", number, "me@example.org")
    assert sending_site.subjects() == [("me@example.org", "News")]
    assert "me@example.org" not in sending_site.run("deliveries", "list")
    sending_site.server.script.at(At.RCPT, say("550 5.1.1 who?"))
    assert "550 5.1.1 who?" in sending_site.run("send", "test", number, "me@example.org", status=1)
    assert "no mail address" in sending_site.run("send", "test", number, "nobody", status=2)


def test_what_the_server_said_can_be_looked_up_and_sent_again(sending_site: SendingSite) -> None:
    """Failed: seen with its words, retried alone."""
    sending_site.server.script.at(At.RCPT, say("550 5.7.1 not from you"), to="bea@example.net")
    number = sending_site.publish("News")
    assert sending_site.json("run", "--once", status=1)["mail"]["failed"] == 1
    said = sending_site.run("deliveries", "list", "--issue", number, "--state", "failed")
    assert "bea@example.net" in said
    assert "not from you" in said
    (row,) = sending_site.json("deliveries", "list", "--issue", number, "--state", "failed")[
        "deliveries"
    ]
    assert "550 5.7.1 not from you" in sending_site.run("deliveries", "show", row["id"])
    sending_site.server.script.clear()
    assert "(1 messages)" in sending_site.run("issues", "retry", number)
    sending_site.run("run", "--once")
    assert [who for who, subject in sending_site.subjects() if subject == "News"] == [
        "ada@example.net",
        "bea@example.net",
    ]
    assert "did not get" in sending_site.run("issues", "retry", number, status=2)


def test_what_is_in_doubt_waits_for_a_person(sending_site: SendingSite) -> None:
    """With ``hold`` a message that may have arrived is sent again only when somebody says so."""
    sending_site.server.script.at(At.END, drop(), times=1)
    number = sending_site.publish("News")
    assert sending_site.json("run", "--once", status=1)["mail"]["in_doubt"] == 1
    (row,) = sending_site.json("deliveries", "list", "--state", "unknown")["deliveries"]
    assert "resolve" in sending_site.run("deliveries", "list", "--issue", number)
    assert "no outcome" in sending_site.run("deliveries", "resolve", row["id"], status=2)
    sending_site.run("deliveries", "resolve", row["id"], "--as", "resend")
    assert "not in doubt" in sending_site.run(
        "deliveries", "resolve", row["id"], "--as", "sent", status=2
    )
    sending_site.run("run", "--once")
    assert [who for who, subject in sending_site.subjects() if subject == "News"] == [
        "ada@example.net",
        "bea@example.net",
    ]


def test_a_log_settles_what_is_in_doubt(sending_site: SendingSite) -> None:
    """``resolve --from``: what the relay's log has was sent, the rest goes again."""
    sending_site.server.script.at(At.END, drop(), times=2)
    number = sending_site.publish("News")
    sending_site.run("run", "--once", status=1)
    rows = sending_site.json("deliveries", "list", "--issue", number, "--state", "unknown")[
        "deliveries"
    ]
    assert len(rows) == 2
    log = sending_site.site.folder / "mail.log"
    log.write_text(
        f"Nov 25 10:00:00 mx postfix/cleanup[7]: 4ABC0D1: message-id={rows[0]['message_id']}\nNov"
        " 25 10:00:00 mx postfix/qmgr[8]: 4ABC0D1: from=<mira@example.org>, size=900, nrcpt=1"
        " (queue active)\n"
    )
    assert sending_site.json("deliveries", "resolve", "--from", log) == {
        "settled": 1,
        "sent_again": 1,
    }
    sending_site.run("run", "--once")
    assert [who for who, subject in sending_site.subjects() if subject == "News"] == [
        rows[1]["address"]
    ]
    assert "cannot be read" in sending_site.run(
        "deliveries", "resolve", "--from", sending_site.site.folder / "none", status=2
    )


def test_a_relay_that_is_down_is_told_with_one_clear_message(sending_site: SendingSite) -> None:
    """Status and exit code say so, nothing is lost, and the next run goes on."""
    number = sending_site.publish("News")
    sending_site.server.stop()
    assert "the relay takes nothing: Connection refused" in sending_site.run(
        "run", "--once", status=1
    )
    said = sending_site.run("status")
    assert "Connection refused" in said
    assert "2 queued" in said
    sending_site.server.start()
    sending_site.run("issues", "pause", number)
    assert "paused (by hand)" in sending_site.run("status")
    sending_site.run("issues", "resume", number)


def test_wrong_numbers_and_states_are_told_with_a_cure(sending_site: SendingSite) -> None:
    """Every refusal names what to do instead."""
    number = sending_site.publish("News")
    assert "There is no issue 99" in sending_site.run("issues", "pause", 99, status=2)
    assert "Only a paused issue" in sending_site.run("issues", "resume", number, status=2)
    assert "no state of a delivery" in sending_site.run(
        "deliveries", "list", "--state", "lost", status=2
    )
    assert "There is no delivery 99" in sending_site.run("deliveries", "show", 99, status=2)
    assert "its audience is fixed" in sending_site.run("send", "plan", number, status=2)
    assert "no duration" in sending_site.run("run", "--once", "--for", "soon", status=2)
