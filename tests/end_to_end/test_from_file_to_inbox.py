"""The whole way with a real mail server and real pages.

From the form and from a saved file to the inbox, and out again.
"""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.delivery.models import SendFilter
from publisher.publishing.options import Options
from tests.delivery.smtp_server import SmtpServer
from tests.web.served import Served

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

SMTP = '[delivery]\ntransport = "smtp"\n[smtp]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
POST = (
    "---\ntitle: {title}\ndate: {date}\ndraft: {draft}\n---\nSee [the"
    " harbour](https://example.org/harbour/).\n"
)


class Story:
    """A served site that sends, and everybody's inbox."""

    def __init__(self, served: Served, server: SmtpServer) -> None:
        self.served, self.server = served, server
        self._read = 0

    def inbox(self) -> list[EmailMessage]:
        """Let everything due be sent, and return what came since the last look."""
        self.served.mail_thread.work()
        self.served.mail_services.sender.run(SendFilter())
        new = self.server.messages[self._read :]
        self._read += len(new)
        return [
            email.message_from_bytes(message.data, policy=email.policy.default) for message in new
        ]

    def build(self) -> None:
        """Do one round, as the daemon does when a file was saved."""
        self.served.open.publisher().publish_once(self.served.now, Options(one_shot=True))

    def write(self, name: str, **values: str) -> None:
        """Save a post."""
        self.served.site.write(name, POST.format(**values))

    def at(self, day: int, hour: int, minute: int = 0) -> list[str]:
        """Let it be this time of March 2026, as the 60 s job sees it; give the new subjects."""
        self.served.now = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
        self.served.open.digest_composer(self.served.now).run()
        return [message["Subject"] for message in self.inbox()]


def test_from_the_form_and_the_file_to_the_inbox_and_out_again(tmp_path: Path) -> None:
    """Subscribe, confirm, welcome; a post is published by editing its file and arrives once.

    A weekly digest; one-click unsubscribe.
    """
    settings = '[newsletter]\nfrom = "Mira <mira@example.org>"\nwait_for_page = false\n'
    with (
        SmtpServer() as server,
        Served(tmp_path, more=SMTP.format(port=server.port), newsletter=settings) as served,
    ):
        story = Story(served, server)
        story.write("first.md", title="Harbour lights", date="2026-03-02", draft="true")
        story.build()

        served.subscribe("ada@example.net")
        (confirm,) = story.inbox()
        assert "List-Unsubscribe-Post" not in confirm
        assert confirm["Auto-Submitted"] == "auto-generated"
        assert served.client.post(served.link(confirm, "confirm")).status_code == 200
        (welcome,) = story.inbox()
        assert welcome["Subject"].startswith("Welcome")
        served.subscribe("bea@example.net", cadence="weekly")
        (asked,) = story.inbox()
        served.client.post(served.link(asked, "confirm"))
        assert len(story.inbox()) == 1

        served.later(minutes=10)
        story.write("first.md", title="Harbour lights", date="2026-03-02", draft="false")
        story.build()
        (issue,) = story.inbox()
        assert (issue["To"], issue["Subject"]) == ("ada@example.net", "Harbour lights")
        assert issue["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for page in ("unsubscribe", "preferences"):
            assert served.client.get(served.link(issue, page)).status_code == 200
        (view,) = [path for path in served.links(issue) if path.startswith("/issues/")]
        assert "Harbour lights" in served.client.get(view).text
        story.build()
        assert story.inbox() == []

        assert story.at(9, 7, 59) == []
        assert story.at(9, 8) == ["Harbour lights"]
        assert server.messages[-1].recipient == "bea@example.net"
        assert story.at(9, 8, 1) == []

        one_click = issue["List-Unsubscribe"].strip("<>").removeprefix("https://news.example.org")
        assert (
            served.client.post(one_click, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        )
        (goodbye,) = story.inbox()
        assert goodbye["Subject"].startswith("You have left")
        story.write("second.md", title="Slow bread", date="2026-03-09", draft="false")
        story.build()
        assert story.inbox() == []
        assert story.at(16, 8) == ["Slow bread"]
        assert server.messages[-1].recipient == "bea@example.net"
