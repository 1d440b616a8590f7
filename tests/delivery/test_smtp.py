"""One connection and a real server: what arrives, and what each way to fail means."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.smtp_client import DATA, LONG_ENOUGH, ME, READER, connected, hand_over
from tests.delivery.smtp_script import At, say
from tests.delivery.smtp_server import Received, SmtpServer


@pytest.mark.parametrize("pipelining", [True, False])
def test_messages_arrive_one_after_another_over_one_connection(
    *,
    pipelining: bool,
) -> None:  # a parameter
    """Envelope and bytes arrive as they were given, with and without PIPELINING.

    Goodbye is said in the end.
    """
    with SmtpServer(pipelining=pipelining) as server:
        with connected(server) as connection:
            outcomes = [hand_over(connection, f"reader{number}@example.net") for number in range(3)]
        assert outcomes == [AttemptResult(Verdict.ACCEPTED, "250 2.0.0 Ok: taken")] * 3
        assert server.messages == [
            Received(ME, f"reader{number}@example.net", DATA) for number in range(3)
        ]
        assert (server.sessions, server.heard[-1], server.unfinished) == (1, "QUIT", [])
        assert server.heard[1] == f"MAIL FROM:<{ME}> SIZE={len(DATA)}"


@given(
    st.lists(
        st.binary(max_size=12).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b"")),
        max_size=8,
    )
)
@example([b".", b"..", b".x", b"", b"."])
@example([])
@example([b"x" * 3_000_000])
def test_any_lines_arrive_as_they_were(lines: list[bytes]) -> None:
    """Dots at the beginning of a line, of the message and of its end are the message's.

    RFC 5321, 4.5.2.
    """
    data = b"".join(line + b"\r\n" for line in lines)
    with SmtpServer() as server, connected(server) as connection:
        assert hand_over(connection, data=data).verdict is Verdict.ACCEPTED
        assert [message.data for message in server.messages] == [data or b"\r\n"]


def test_a_message_without_a_last_line_end_gets_one(server: SmtpServer) -> None:
    """The final dot stands on a line of its own."""
    with connected(server) as connection:
        assert hand_over(connection, data=b"Subject: x\r\n\r\nend").verdict is Verdict.ACCEPTED
    assert server.messages[0].data == b"Subject: x\r\n\r\nend\r\n"


@pytest.mark.parametrize(
    "evil",
    [
        b"\n.\r\nMAIL FROM:<x@y>\r\n",
        b"\r.\r\n",
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"a\r",
        b"a\n",
        b"\r\r\n",
        b"\n\r\n",
    ],
)
def test_no_line_end_but_crlf_is_ever_sent(server: SmtpServer, evil: bytes) -> None:
    """Some servers end a message at a bare LF or CR and take the rest for commands.

    Such a message stays here.
    """
    with connected(server) as connection:
        assert hand_over(connection, data=DATA + evil).verdict is Verdict.REFUSED
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert server.count(At.DATA) == 1


@pytest.mark.parametrize(
    "evil",
    [
        "a@example.org>\r\nDATA",
        "a b@example.org",
        "a@exa\nmple.org",
        "<a@example.org",
        "a\x00@example.org",
    ],
)
def test_no_address_becomes_a_command(server: SmtpServer, evil: str) -> None:
    """An address that would break out of its brackets reaches no server, on either side."""
    with connected(server) as connection:
        assert connection.deliver(ME, evil, DATA, LONG_ENOUGH).verdict is Verdict.REFUSED
        assert connection.deliver(evil, READER, DATA, LONG_ENOUGH).verdict is Verdict.REFUSED
    assert server.sessions == 0


@pytest.mark.parametrize(
    ("recipient", "data", "options"),
    [
        (READER, DATA, ""),
        (READER, DATA + b"\xc3\xa9\r\n", " BODY=8BITMIME"),
        ("grüße@example.net", DATA, " SMTPUTF8"),
        ("grüße@example.net", DATA + b"\xc3\xa9\r\n", " BODY=8BITMIME SMTPUTF8"),
    ],
)
def test_what_a_message_needs_is_asked_for_and_never_tried_without(
    server: SmtpServer, recipient: str, data: bytes, options: str
) -> None:
    """Eight-bit content needs 8BITMIME, an address beyond ASCII SMTPUTF8.

    Where the relay lacks them, only such messages are refused.
    """
    with connected(server) as connection:
        assert hand_over(connection, recipient, data).verdict is Verdict.ACCEPTED
    assert (server.messages, server.messages[0].options) == (
        [Received(ME, recipient, data)],
        f"SIZE={len(data)}{options}",
    )
    with SmtpServer(extensions=("HELP",)) as plain, connected(plain) as connection:
        verdict = hand_over(connection, recipient, data).verdict
        assert verdict is (Verdict.REFUSED if options else Verdict.ACCEPTED)
        assert hand_over(connection).verdict is Verdict.ACCEPTED
        assert (plain.sessions, plain.messages[0].options) == (1, "")


def test_a_server_from_before_extensions_is_good_enough(server: SmtpServer) -> None:
    """Where EHLO is unknown, HELO will do."""
    server.script.at(At.EHLO, say("502 5.5.1 what?"), times=1)
    with connected(server) as connection:
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert [line.lower() for line in server.heard[:3]] == [
        "ehlo localhost",
        "helo localhost",
        f"mail from:<{ME}>",
    ]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("code", [421, 450, 451, 452, 550, 552, 554])
@pytest.mark.parametrize("step", [At.CONNECT, At.MAIL, At.RCPT, At.DATA, At.END])
# A parameter
def test_a_refusal_at_any_step_concerns_one_message(
    step: At, code: int, *, pipelining: bool
) -> None:
    """It is put off, refused or the relay's matter, never taken.

    The next one goes, over the same connection unless that was closed.
    """
    with SmtpServer(pipelining=pipelining) as server, connected(server) as connection:
        server.script.at(step, say(f"{code} no", leaves=code == 421), times=1)
        outcome = hand_over(connection)
        concerns_all = step is At.CONNECT or (step is At.MAIL and code != 552)
        assert outcome.verdict is (
            Verdict.RELAY if concerns_all else Verdict.LATER if code < 500 else Verdict.REFUSED
        )
        assert outcome.words.startswith(f"{code} no")
        assert server.messages == []
        assert hand_over(connection, "other@example.net").verdict is Verdict.ACCEPTED
        assert server.messages == [Received(ME, "other@example.net", DATA)]
        assert server.sessions == (2 if code == 421 or concerns_all else 1)


@pytest.mark.parametrize(
    "reply",
    ["251 2.1.5 User not local; will forward", "252 Cannot VRFY, but will try", "250", "250 "],
)
def test_there_is_more_than_one_way_to_say_yes(server: SmtpServer, reply: str) -> None:
    """Any 2xx is a yes, with words or without (RFC 5321, 4.2)."""
    server.script.at(At.RCPT, say(reply)).at(At.END, say(reply))
    with connected(server) as connection:
        assert hand_over(connection).verdict is Verdict.ACCEPTED


def test_a_server_that_does_not_want_to_be_greeted_is_left(server: SmtpServer) -> None:
    """Its words are kept; only a server that does not know EHLO is asked again in the old way."""
    server.script.at(At.EHLO, say("451 4.3.0 not today"))
    with connected(server) as connection:
        assert hand_over(connection) == AttemptResult(Verdict.RELAY, "451 4.3.0 not today")
    assert server.count(At.EHLO) == 1


def test_all_lines_of_a_reply_are_kept(server: SmtpServer) -> None:
    """The words of a long reply are one text, judged by its first enhanced code."""
    server.script.at(
        At.RCPT, say("550-5.1.1 There is", "550-5.1.1 nobody", "550 5.1.1 here"), to="gone.example"
    )
    with connected(server) as connection:
        gone = hand_over(connection, "x@gone.example")
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert gone == AttemptResult(
        Verdict.ADDRESS, "550 5.1.1 There is 5.1.1 nobody 5.1.1 here (RCPT TO)"
    )


def test_a_message_begun_without_recipient_is_taken_back(server: SmtpServer) -> None:
    """Some servers say 354 although RCPT was refused.

    The empty message is ended, and the refusal counts (RFC 2920, 3.1).
    """
    server.script.at(At.RCPT, say("550 5.1.1 nobody"), times=1).at(
        At.DATA, say("354 go on"), times=1
    )
    with connected(server) as connection:
        assert hand_over(connection).verdict is Verdict.ADDRESS
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert (server.sessions, server.unfinished, len(server.messages)) == (1, [], 1)


def test_a_greylisting_server_takes_everybody_in_the_end() -> None:
    """Who is put off is taken the next time, over the same connection."""
    readers = [f"reader{number}@example.net" for number in range(20)]
    with SmtpServer(greylist=0.5) as server, connected(server) as connection:
        first = {reader: hand_over(connection, reader).verdict for reader in readers}
        assert set(first.values()) == {Verdict.ACCEPTED, Verdict.LATER}
        put_off = [reader for reader in readers if first[reader] is Verdict.LATER]
        assert {hand_over(connection, reader).verdict for reader in put_off} == {Verdict.ACCEPTED}
        assert sorted(message.recipient for message in server.messages) == sorted(readers)
        assert server.sessions == 1


def test_a_relay_shows_nobody_its_password() -> None:
    """Not in a log, not in a traceback; two relays that differ in it are different all the same."""
    relay = Relay("smtp.example.org", 587, "starttls", "mira", "correct horse")
    assert "correct horse" not in repr(relay)
    assert relay != dataclasses.replace(relay, password="battery staple")
