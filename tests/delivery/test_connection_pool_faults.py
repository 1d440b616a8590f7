"""A message that cannot be made now, for no reason of its own, is made later.

Nobody loses theirs to a fault of ours.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import psycopg
import pytest
import structlog
from jinja2 import TemplateError
from sqlalchemy import text

from publisher.delivery.connection_pool import HANDING_OVER, MAKING, ConnectionPool
from publisher.delivery.models import Candidate, Claim, DeliveryState, Envelope, MessageKind
from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.errors import HeaderError, StateError
from publisher.newsletter.issue import IssueState
from publisher.newsletter.mime import WithdrawnError
from publisher.subscribers.models import Signup
from publisher.system.health import Health
from publisher.system.logging import configure_logs
from tests.delivery.mailing_site import MailingSite, recipients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer

END_SESSIONS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()"""
SENT, DEFERRED = DeliveryState.SENT, DeliveryState.DEFERRED


@pytest.fixture
def said() -> Iterator[StringIO]:
    """What is logged, as JSON lines."""
    stream = StringIO()
    configure_logs("json", "info", stream)
    yield stream
    structlog.reset_defaults()


def lines(said: StringIO, event: str) -> list[dict[str, str]]:
    """Return the lines that tell of something."""
    found = [json.loads(line) for line in said.getvalue().splitlines()]
    return [line for line in found if line["event"] == event]


class _PanicError(BaseException):
    """As libraries written in Rust raise it (pyo3's PanicException is no Exception)."""


class _Broken:
    """A connection that raises."""

    def deliver(self, *_: object, **__: object) -> AttemptResult:
        raise _PanicError("a panic in mid-conversation")

    def close(self) -> None:
        pass


def attempt(error: BaseException | None, health: Health) -> AttemptResult:
    """Let a connection meet an error when it makes a message, or when it hands one over.

    Another message afterwards is met as well.
    """

    def write(_claim: Claim) -> Envelope:
        if error is not None:
            raise error
        return envelope

    now = datetime(2026, 3, 2, tzinfo=UTC)
    envelope = Envelope("mira@example.org", "ada@example.net", b"")
    pool = ConnectionPool([_Broken()], write, lambda: 0.0, health)
    outcomes = []
    for _ in range(2):
        pool.hand(
            Claim(
                Candidate(1, MessageKind.TRANSACTIONAL, 0, "ada@example.net"), "<a@b>", 1, now, 1e9
            )
        )
        outcomes += [done.outcome for done in pool.collect(10.0)]
    pool.close()
    assert len(outcomes) == 2, "the thread ended"
    return outcomes[0]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (HeaderError("a line end in the subject"), Verdict.REFUSED),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), Verdict.REFUSED),
        (WithdrawnError("gone"), Verdict.LATER),
        (StateError("The database server does not answer."), Verdict.UNMADE),
        (TemplateError("no filter named 'x'"), Verdict.UNMADE),
        (MemoryError(), Verdict.UNMADE),
        (RecursionError("too deep"), Verdict.UNMADE),
        (KeyError("a fault of ours"), Verdict.UNMADE),
        (_PanicError("a panic"), Verdict.UNMADE),
        (None, Verdict.UNCERTAIN),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_only_a_message_that_can_never_be_made_fails(
    error: BaseException | None, verdict: Verdict, small: MailingSite
) -> None:
    """Whatever is raised, the connection goes on: the table of what becomes of the message."""
    health = Health(lambda: small.now)
    assert attempt(error, health).verdict is verdict
    parts = [(fault.part, fault.times) for fault in health.faults()]
    assert parts == {Verdict.UNMADE: [(MAKING, 2)], Verdict.UNCERTAIN: [(HANDING_OVER, 2)]}.get(
        verdict, []
    )


def test_a_broken_database_puts_messages_off_and_everybody_gets_theirs_once_it_is_mended(
    mailing_site: MailingSite, server: SmtpServer, said: StringIO
) -> None:
    """What the connections read is gone for a while.

    No attempt is counted, nobody fails, one traceback tells, and all arrive a minute later.

    Seen to fail where every exception while a message is made is a refusal: 30 failed.
    """
    issue = mailing_site.queue(readers=30)
    with mailing_site.state.engine.begin() as connection:
        connection.execute(text("ALTER TABLE issue_contents RENAME TO hidden"))
    mailing_site.send()
    assert mailing_site.states() == {DEFERRED: 30}
    assert {row.attempts for row in mailing_site.deliveries(issue.key)} == {0}
    (told,) = lines(said, f"{MAKING} failed")
    assert "Traceback" in told["exception"]
    assert "issue_contents" in told["error"]
    with mailing_site.state.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO issue_contents"))
    mailing_site.later(minutes=1)
    mailing_site.send()
    assert mailing_site.states() == {SENT: 30}
    assert set(recipients(server).values()) == {1}
    assert mailing_site.issue().state is IssueState.SENT
    (again,) = lines(said, f"{MAKING} works again")
    assert str(again["faults"]) == "30"


def test_one_broken_issue_stops_no_other(mailing_site: MailingSite, server: SmtpServer) -> None:
    """Its content is no content: its own messages wait, the other issue and the letters go.

    Seen to fail where the Message-ID is made from what the issue says: nothing could be claimed,
    and nobody got anything.
    """
    broken = mailing_site.queue(readers=9)
    mailing_site.queue(readers=0, title="The second letter")
    mailing_site.mail_services.membership.ask(
        Signup("bob@example.net", mailing_site.now, "web form", "", "")
    )
    mailing_site.mail_services.membership.process_requests(mailing_site.now)
    with mailing_site.state.engine.begin() as connection:
        garbage = {"id": broken.key, "content": b"\x00garbage"}
        connection.execute(
            text("UPDATE issue_contents SET content = :content WHERE issue_id = :id"), garbage
        )
    mailing_site.send()
    assert {row.state for row in mailing_site.deliveries(broken.key)} == {DEFERRED}
    assert mailing_site.issue().state is IssueState.SENT
    assert recipients(server)["bob@example.net"] == 1
    assert len(server.messages) == 10


def test_connections_that_the_database_closed_cost_nobody_their_letter(
    tmp_path: Path, server: SmtpServer, postgres_url: str
) -> None:
    """Every session is ended by the server in the middle of the send, as a restart does.

    All arrive once, and none has failed.
    """
    with MailingSite(tmp_path, server.port, url=postgres_url) as mailing_site:
        for number in range(60):
            mailing_site.mail_services.membership.ask(
                Signup(f"reader{number}@example.net", mailing_site.now, "web form", "", "")
            )
        mailing_site.mail_services.membership.process_requests(mailing_site.now)
        ended = 0

        def end_sessions(_stats: object) -> None:
            nonlocal ended
            if len(server.messages) >= 10 * (ended + 1) and ended < 4:
                ended += 1
                with psycopg.connect(postgres_url, autocommit=True) as admin:
                    admin.execute(END_SESSIONS)

        for _ in range(20):
            try:
                mailing_site.mail_services.sender.run(progress=end_sessions)
            except StateError:
                continue
            mailing_site.later(minutes=1)
        assert ended == 4
        assert DeliveryState.FAILED not in mailing_site.states()
        assert mailing_site.states() == {SENT: 60}
        assert len(recipients(server)) == 60
