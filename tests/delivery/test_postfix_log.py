"""What a Postfix log says of messages in doubt: a table of logs, and a real one."""

from __future__ import annotations

import random
import socket
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from publisher.delivery.postfix_log import Accepted, accepted
from publisher.delivery.reply_codes import Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.postfix import Postfix, mail_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.delivery.smtp_server import SmtpServer


ID, OTHER = "<1.abc@example.org>", "<2.def@example.org>"
NEVER = Accepted()
system = pytest.fixture(mail_system, scope="module")


def log(*lines: str, at: str = "Mar  2 08:00:00", name: str = "postfix") -> list[str]:
    """Return lines as Postfix writes them: ``program: words`` each."""
    return [f"{at} mail {name}/{line.replace(':', '[4711]:', 1)}\n" for line in lines]


TAKEN = (
    "smtpd: 4D1F2A7: client=localhost[127.0.0.1]",
    f"cleanup: 4D1F2A7: message-id={ID}",
    "qmgr: 4D1F2A7: from=<news@example.org>, size=41000, nrcpt=1 (queue active)",
)
SENT = (
    "smtp: 4D1F2A7: to=<x@example.net>, relay=mx.example.net[192.0.2.1]:25, delay=1,"
    " delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)"
)
DEFERRED = SENT.replace(
    "dsn=2.0.0, status=sent (250 Ok)",
    "dsn=4.2.0, status=deferred (host mx.example.net[192.0.2.1] said: 450 4.2.0 no)",
)

CASES = {
    "taken": (log(*TAKEN), Accepted(accepted=True, queue_id="4D1F2A7")),
    "taken, RFC 3339": (
        log(*TAKEN, at="2026-03-02T08:00:00.123456+01:00"),
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "taken by another instance": (
        log(*TAKEN, name="postfix-out/submission"),
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "taken, long queue id": (
        [line.replace("4D1F2A7", "4jZGn664ybzJDfT") for line in log(*TAKEN)],
        Accepted(accepted=True, queue_id="4jZGn664ybzJDfT"),
    ),
    "taken, lines without ends": (
        [line.strip() for line in log(*TAKEN)],
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "taken, a long header folded": (
        [line.replace(ID, "<1.abc? @example.org> (an id, folded)") for line in log(*TAKEN)],
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "taken and sent": (
        log(*TAKEN, SENT, "qmgr: 4D1F2A7: removed"),
        Accepted(accepted=True, queue_id="4D1F2A7", status="sent (250 Ok)"),
    ),
    "taken and put off, then sent": (
        log(*TAKEN, DEFERRED, TAKEN[2], SENT, "qmgr: 4D1F2A7: removed"),
        Accepted(accepted=True, queue_id="4D1F2A7", status="sent (250 Ok)"),
    ),
    "taken and given up": (
        log(
            *TAKEN,
            DEFERRED,
            "qmgr: 4D1F2A7: from=<news@example.org>, status=expired, returned to sender",
        ),
        Accepted(accepted=True, queue_id="4D1F2A7", status="expired, returned to sender"),
    ),
    "words of others change nothing": (
        log(
            *TAKEN,
            SENT.replace("4D1F2A7", "4D1F2A8"),
            "smtp: 4D1F2A7: to=<status=lost>, relay=none, status=sent (250 Ok)",
        ),
        Accepted(accepted=True, queue_id="4D1F2A7", status="sent (250 Ok)"),
    ),
    "the client left before the final dot": (
        log(*TAKEN[:2], "smtpd: lost connection after DATA"),
        Accepted(queue_id="4D1F2A7"),
    ),
    "never seen": (log("smtpd: connect from localhost[127.0.0.1]"), NEVER),
    "an empty log": ([], NEVER),
    "another message's id": ([line.replace(ID, OTHER) for line in log(*TAKEN)], NEVER),
    "an id that only begins like it": (
        [line.replace(ID, ID.replace(".org", ".organic")) for line in log(*TAKEN)],
        NEVER,
    ),
    "sent again by somebody else": (
        log(
            f"cleanup: 4D1F2A7: message-id={OTHER}",
            f"cleanup: 4D1F2A7: resent-message-id={ID}",
            TAKEN[2],
        ),
        NEVER,
    ),
    "an id in a subject": (
        log(
            f"cleanup: 4D1F2A7: warning: header Subject: message-id={ID} from localhost[127.0.0.1]",
            TAKEN[2],
        ),
        NEVER,
    ),
    "a line that only looks like one": (
        [
            f"Mar  2 08:00:00 mail web[1]: said postfix/cleanup[1]: 4D1F2A7: message-id={ID}\n",
            *log(TAKEN[2]),
        ],
        NEVER,
    ),
    "the queue manager first": (log(TAKEN[2], TAKEN[1]), Accepted(queue_id="4D1F2A7")),
    "a queue id used again for another message": (
        log(
            *TAKEN[:2],
            "smtpd: 4D1F2A7: client=localhost[127.0.0.1]",
            f"cleanup: 4D1F2A7: message-id={OTHER}",
            TAKEN[2],
            SENT,
        ),
        Accepted(queue_id="4D1F2A7"),
    ),
    "a queue id used again after its message was gone": (
        log(*TAKEN, SENT, "qmgr: 4D1F2A7: removed", DEFERRED, TAKEN[2], DEFERRED),
        Accepted(accepted=True, queue_id="4D1F2A7", status="sent (250 Ok)"),
    ),
    "a second attempt was taken": (
        log(*TAKEN[:2], *(line.replace("4D1F2A7", "5E20000") for line in TAKEN)),
        Accepted(accepted=True, queue_id="5E20000"),
    ),
    "a first attempt was taken while the second came": (
        log(*TAKEN[:2], f"cleanup: 5E20000: message-id={ID}", TAKEN[2]),
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "a first attempt was taken, a second was not": (
        log(*TAKEN, f"cleanup: 5E20000: message-id={ID}"),
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
    "nonsense around": (
        ["", "\n", "\x00\xff" * 50, "Mar  2 08:00:00\n", "-- Logs begin --\n", *log(*TAKEN)],
        Accepted(accepted=True, queue_id="4D1F2A7"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_log_says_whether_a_message_was_taken(case: str) -> None:
    """Only cleanup's line and the queue manager's together are proof, of that very message."""
    lines, expected = CASES[case]
    assert accepted(iter(lines), {ID}) == {ID: expected}


def test_messages_among_each_other_are_told_apart() -> None:
    """Every message asked for gets an answer, in a log where their lines are mixed."""
    ids = [f"<{number}@example.org>" for number in range(200)]
    steps = [
        [
            line.replace("4D1F2A7", f"4D{number:05X}").replace(ID, message_id)
            for line in log(*TAKEN[: 2 + number % 2], *([SENT] * (number % 2)))
        ]
        for number, message_id in enumerate(ids)
    ]
    order = [number for number, lines in enumerate(steps) for _ in lines]
    random.Random(20260302).shuffle(order)
    assert accepted([steps[number].pop(0) for number in order], ids) == {
        message_id: Accepted(bool(number % 2), f"4D{number:05X}", "sent (250 Ok)" * (number % 2))
        for number, message_id in enumerate(ids)
    }


def test_a_long_log_is_read_line_by_line() -> None:
    """Memory grows with the messages asked for, even when one of them was tried without end.

    The log may be any length.
    """

    def endless() -> Iterator[str]:
        for number in range(6_000):
            yield from log(
                f"cleanup: {number:07X}:"
                f" message-id={ID if number % 2 else f'<{number}@example.net>'}",
                f"smtpd: {number:07X}: client=x",
            )
        yield from log("qmgr: 000176F: from=<news@example.org>, size=41000, nrcpt=1 (queue active)")

    tracemalloc.start()
    try:
        found = accepted(endless(), [ID])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == {ID: Accepted(accepted=True, queue_id="000176F")}
    assert most < 200_000


def test_a_real_log_says_the_same_as_the_server(system: tuple[Postfix, SmtpServer]) -> None:
    """What Postfix took is found as taken and sent, also with an id as long as a line.

    What broke off before the final dot is not.
    """
    postfix, sink = system
    ids = [f"<{number}.{'x' * length}@example.org>" for number, length in enumerate((0, 60, 900))]
    connection = SmtpConnection(Relay("127.0.0.1", postfix.port, "none", timeout=20))
    for message_id in ids:
        data = (
            "From: news@example.org\r\nTo: b@example.net\r\nMessage-ID:"
            f" {message_id}\r\n\r\nHello\r\n".encode()
        )
        assert (
            connection.deliver("news@example.org", "b@example.net", data, 60).verdict
            is Verdict.ACCEPTED
        )
    connection.close()
    with (
        socket.create_connection(("127.0.0.1", postfix.port)) as client,
        client.makefile("rb") as replies,
    ):
        for command in (
            "",
            "HELO x\r\n",
            "MAIL FROM:<news@example.org>\r\n",
            "RCPT TO:<b@example.net>\r\n",
            "DATA\r\n",
        ):
            client.sendall(command.encode())
            assert replies.readline()[:1] in b"23"
        client.sendall(f"Message-ID: {ID}\r\n\r\n".encode() + b"x\r\n" * 50_000)
        postfix.wait_for_line(r"cleanup.*message-id=<1\.abc@")
    sink.wait_for_messages(3)
    postfix.wait_for_line("lost connection after DATA")
    found = accepted(postfix.wait_for_line(r"qmgr.*removed", times=3), [*ids, ID, OTHER])
    assert [found[message_id].accepted for message_id in [*ids, ID, OTHER]] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert {found[message_id].status for message_id in ids} == {"sent (250 2.0.0 Ok: taken)"}
    assert (found[ID].queue_id != "", found[OTHER]) == (True, NEVER)
