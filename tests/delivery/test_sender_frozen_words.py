"""What a message says was fixed when its issue was queued."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from publisher.newsletter.store import IssueStore
from tests.delivery.mailing_site import MailingSite, parsed
from tests.delivery.smtp_script import At, drop, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.delivery.smtp_server import SmtpServer


def test_a_message_says_the_same_at_every_attempt(small: MailingSite, server: SmtpServer) -> None:
    """Message-ID, Date and the reader's own links do not change with a retry.

    Readers' programs see one message.
    """
    server.script.at(At.END, drop(takes=True), times=1)
    small.queue(readers=1)
    small.send()
    small.later(minutes=2)
    small.send()
    first, second = (parsed(message.data) for message in server.messages)
    for name in ("Message-ID", "Date", "List-Unsubscribe"):
        assert first[name] == second[name]


def test_edits_after_queueing_change_no_message(small: MailingSite, server: SmtpServer) -> None:
    """Edited, renamed and deleted posts: everybody gets the frozen words."""
    small.queue(readers=20)
    path = small.site.posts / "the-first-letter.md"
    renamed = path.with_name("renamed.md")
    edits: Iterator[Callable[[], object]] = iter((
        lambda: path.write_text(path.read_text().replace("Words of", "Other words of")),
        lambda: path.rename(renamed),
        renamed.unlink,
    ))  # fmt: skip

    def edit(_stats: object) -> None:
        change = next(edits, None)
        if change is not None:
            change()
            small.publish()

    small.mail_services.sender.run(progress=edit)
    assert len(server.messages) == 20
    assert all(
        "Words of The first letter." in str(parsed(message.data).get_body(("plain",)))
        for message in server.messages
    )


def test_an_issue_taken_back_and_queued_again_says_what_it_says_then(
    small: MailingSite, server: SmtpServer
) -> None:
    """Nothing of the words it was frozen with before is kept in the process that sends."""
    issue = small.queue(readers=2)
    server.script.at(At.MAIL, say("451 4.3.0 later"))
    small.send()
    server.script.clear()
    with small.state.transaction() as transaction:
        content = IssueStore(transaction).content(issue.key)
        assert content is not None
        IssueStore(transaction).save_content(issue.key, replace(content, subject="Corrected"))
    small.later(hours=2)
    assert small.send().handed == 2
    assert {parsed(message.data)["Subject"] for message in server.messages} == {"Corrected"}


def test_numbers_given_out_again_do_not_give_a_message_id_again(
    small: MailingSite, server: SmtpServer
) -> None:
    """After an older copy of the database came back, another issue may have the same number.

    Mail hosts must not take it for the first.
    """
    issue = small.queue(readers=1)
    small.send()
    with small.state.transaction() as transaction:
        transaction.connection.execute(
            text(
                "UPDATE deliveries SET state = 'queued', attempts = 0, attempted = NULL, message_id"
                " = ''"
            )
        )
        transaction.connection.execute(
            text("UPDATE issues SET state = 'queued', public = :public WHERE id = :id"),
            {"public": "f" * 32, "id": issue.key},
        )
    small.send()
    assert len({parsed(message.data)["Message-ID"] for message in server.messages}) == 2
