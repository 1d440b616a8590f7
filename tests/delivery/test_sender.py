"""The delivery loop in front of a real mail server: everybody once, whatever the server does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.store import DeliveryStore
from publisher.newsletter.issue import HoldReason, IssueState
from tests.delivery.mailing_site import MailingSite, link, parsed, recipients
from tests.delivery.smtp_script import At, say

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.smtp_server import SmtpServer


SENT, QUEUED, DEFERRED = DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.DEFERRED


def test_everyone_gets_an_issue_once(mailing_site: MailingSite, server: SmtpServer) -> None:
    """Each reader one message of their own; sending again sends nothing.

    The issue is sent and its numbers add up.
    """
    mailing_site.queue(readers=30)
    stats = mailing_site.send()
    assert stats.handed == 30
    assert set(recipients(server).values()) == {1}
    assert len(recipients(server)) == 30
    assert mailing_site.issue().state is IssueState.SENT
    assert mailing_site.issue().audience == 30
    assert [done.counts for done in stats.finished] == [{SENT: 30}]
    assert mailing_site.send().handed == 0
    assert len({parsed(message.data)["Message-ID"] for message in server.messages}) == 30
    assert len({link(message.data, "unsubscribe") for message in server.messages}) == 30


def test_pausing_resuming_and_cancelling_act_before_the_next_message(
    mailing_site: MailingSite, server: SmtpServer
) -> None:
    """What is in hand is finished; nothing is claimed after the answer."""
    issue = mailing_site.queue(readers=40)
    asked: list[int] = []

    def stop_after_ten(_stats: object) -> None:
        if len(server.messages) >= 10 and not asked:
            mailing_site.outgoing.pause(issue.key)
            asked.append(len([row for row in mailing_site.deliveries() if row.attempts]))

    mailing_site.mail_services.sender.run(progress=stop_after_ten)
    assert mailing_site.issue().state is IssueState.PAUSED
    assert len(server.messages) == asked[0] < 40
    assert mailing_site.send().handed == 0
    mailing_site.outgoing.resume(issue.key)
    server.script.at(At.RCPT, say("451 4.3.0 later"))
    mailing_site.send()
    _, cancelled = mailing_site.outgoing.cancel(issue.key, mailing_site.now)
    assert cancelled == 40 - asked[0]
    server.script.clear()
    mailing_site.later(hours=3)
    assert mailing_site.send().handed == 0
    assert mailing_site.issue().state is IssueState.CANCELLED
    assert set(recipients(server).values()) == {1}


def test_who_leaves_while_an_issue_is_sent_gets_nothing_more(
    mailing_site: MailingSite, server: SmtpServer
) -> None:
    """After the answer to an unsubscribe no message of theirs is claimed; the numbers add up."""
    mailing_site.queue(readers=40)
    gone: list[str] = []

    def leave(_stats: object) -> None:
        if len(server.messages) >= 5 and not gone:
            with mailing_site.state.transaction() as transaction:
                waiting = [
                    row
                    for row in ProgressStore(transaction).list_deliveries(
                        states=(QUEUED,), most=100
                    )
                    if row.subscriber is not None
                ]
                for row in waiting[:10]:
                    DeliveryStore(transaction).cancel_deliveries(
                        row.subscriber,  # type: ignore[arg-type]
                        "unsubscribed",
                        mailing_site.now,
                    )
                    transaction.connection.execute(
                        text("UPDATE subscribers SET state = 'unsubscribed' WHERE id = :id"),
                        {"id": row.subscriber},
                    )
                    gone.append(row.address or "")

    mailing_site.mail_services.sender.run(progress=leave)
    assert len(gone) == 10
    assert not set(gone) & set(recipients(server))
    assert mailing_site.states() == {SENT: 30, DeliveryState.CANCELLED: 10}
    assert mailing_site.issue().state is IssueState.SENT


def test_who_is_no_longer_active_is_skipped_not_kept_waiting(small: MailingSite) -> None:
    """However somebody left, their message does not hold up the end of the issue."""
    small.queue(readers=3)
    with small.state.transaction() as transaction:
        transaction.connection.execute(
            text("UPDATE subscribers SET state = 'bounced' WHERE address = 'reader1@example.com'")
        )
    small.send()
    assert small.states() == {SENT: 2, DeliveryState.SKIPPED: 1}
    assert small.issue().state is IssueState.SENT


def test_a_retry_reaches_only_those_who_did_not_get_it(
    small: MailingSite, server: SmtpServer
) -> None:
    """The failed ones, once more, with the same Message-ID."""
    server.script.at(At.RCPT, say("550 5.7.1 blocked"), to="example.com")
    issue = small.queue(readers=9)
    small.send()
    assert small.states() == {SENT: 6, DeliveryState.FAILED: 3}
    server.script.clear()
    _, count = small.outgoing.retry(issue.key, small.now, sends=True)
    assert count == 3
    small.send()
    assert set(recipients(server).values()) == {1}
    assert len(recipients(server)) == 9
    assert small.issue().state is IssueState.SENT


def test_a_missing_message_is_an_error_and_not_the_end(
    small: MailingSite, server: SmtpServer
) -> None:
    """The numbers frozen at queueing are verified before the first message.

    A mismatch pauses the issue.
    """
    issue = small.queue(readers=4)
    with small.state.transaction() as transaction:
        transaction.connection.execute(
            text("DELETE FROM deliveries WHERE address = 'reader2@example.edu'")
        )
    small.send()
    assert not server.messages
    assert (small.issue().state, small.issue().reason) == (IssueState.PAUSED, HoldReason.COUNTS)
    assert issue.audience == 4


def test_a_message_lost_while_sending_is_noticed_at_the_end(
    small: MailingSite, server: SmtpServer
) -> None:
    """The numbers are verified after the last message too: it is never called finished."""
    small.queue(readers=30)
    lost: list[int] = []

    def lose(_stats: object) -> None:
        if not lost:
            with small.state.transaction() as transaction:
                row, *_ = ProgressStore(transaction).list_deliveries(states=(QUEUED,))
                transaction.connection.execute(
                    text("DELETE FROM deliveries WHERE id = :id"), {"id": row.key}
                )
                lost.append(row.key)

    small.mail_services.sender.run(progress=lose)
    assert len(server.messages) == 29
    assert small.issue().state is IssueState.PAUSED


def test_what_a_dead_process_claimed_is_settled_by_the_next(mailing_site: MailingSite) -> None:
    """Its claims are taken over once it is known to be dead, and only its claims are in doubt."""
    issue = mailing_site.queue(readers=6)
    mailing_site.mail_services.sender.progress.begin(mailing_site.now)
    store = ClaimStore(mailing_site.state)
    with store.ledger() as ledger:
        found = ledger.messages(issue.key, QUEUED, mailing_site.now)[:2]
        dead = mailing_site.mail_services.sender.around.worker.rpartition(":")[0] + ":1"
        claims = ledger.claim(
            {one.key: (one, f"<{one.key}@x>") for one in found},
            dead,
            mailing_site.now,
            mailing_site.now + timedelta(hours=9),
            1e12,
        )
    assert len(claims) == 2
    assert mailing_site.send().handed == 6
    with store.ledger() as ledger:
        from publisher.delivery.outcomes import DeliveryOutcome

        late = [
            DeliveryOutcome(claim, DeliveryState.FAILED, mailing_site.now, "too late")
            for claim in claims
        ]
        assert ledger.mark(late, dead, mailing_site.now) == 0, (
            "the dead cannot mark what was taken over"
        )
    store.close()
    assert mailing_site.states() == {SENT: 6}


def test_a_living_process_keeps_its_claims_until_their_lease_ends(small: MailingSite) -> None:
    """Of a process elsewhere nothing is known: only time tells."""
    issue = small.queue(readers=3)
    small.mail_services.sender.progress.begin(small.now)
    store = ClaimStore(small.state)
    with store.ledger() as ledger:
        found = ledger.messages(issue.key, QUEUED, small.now)[:1]
        wanted = {one.key: (one, "<a@b>") for one in found}
        assert ledger.claim(
            wanted, "elsewhere:b:n:1:2", small.now, small.now + timedelta(minutes=10), 1e12
        )
        assert not ledger.claim(wanted, "me", small.now, small.now + timedelta(minutes=10), 1e12), (
            "a claimed row is nobody else's"
        )
    store.close()
    assert small.send().handed == 2
    assert small.issue().state is IssueState.SENDING
    small.later(minutes=11)
    assert small.send().handed == 1
    assert small.issue().state is IssueState.SENT


def test_a_maildir_has_written_messages_that_smtp_sends_later(
    tmp_path: Path, server: SmtpServer
) -> None:
    """Without [smtp] nothing is called sent.

    Once it is there, ``retry`` sends what was only written.
    """
    with MailingSite(tmp_path, transport="maildir") as mailing_site:
        issue = mailing_site.queue(readers=5)
        mailing_site.send()
        assert mailing_site.states() == {DeliveryState.WRITTEN: 5}
        assert mailing_site.issue().state is IssueState.WRITTEN
        assert len(list((tmp_path / "maildir" / "new").iterdir())) == 5
    with MailingSite(tmp_path, server.port) as mailing_site:
        assert mailing_site.send().handed == 0
        _, count = mailing_site.outgoing.retry(issue.key, mailing_site.now, sends=True)
        assert count == 5
        assert mailing_site.send().handed == 5
        assert mailing_site.issue().state is IssueState.SENT
        assert set(recipients(server).values()) == {1}


def test_an_issue_without_readers_is_sent(small: MailingSite) -> None:
    """Nobody is to get it: it is done."""
    small.queue(readers=0)
    small.send()
    assert small.issue().state is IssueState.SENT


def test_each_message_has_a_return_path_of_its_own_where_bounces_go(
    tmp_path: Path, server: SmtpServer
) -> None:
    """With ``return_path`` the envelope says which message bounced; without it, From's address."""
    with MailingSite(
        tmp_path, server.port, delivery='return_path = "bounces@example.org"'
    ) as mailing_site:
        mailing_site.queue(readers=3)
        mailing_site.send()
    senders = {message.sender for message in server.messages}
    assert len(senders) == 3
    assert all(
        sender.startswith("bounces+") and sender.endswith("@example.org") for sender in senders
    )
