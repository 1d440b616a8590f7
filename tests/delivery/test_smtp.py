"""One connection and a real server: what arrives, and what each way to fail means."""

from __future__ import annotations

import dataclasses
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.smtp_script import Act, At, babble, drop, say, send, stall
from tests.delivery.smtp_server import Received, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ME, READER = "news@example.org", "reader@example.net"
DATA = b"Subject: Hello\r\nMessage-ID: <1@example.org>\r\n\r\nA line.\r\n"
BIG = DATA + b"x" * 4_000_000 + b"\r\n"  # more than the kernel takes ahead of a reader
LONG_ENOUGH = 20.0
SOON = 6.0  # seconds, on a machine that is busy with something else

# What it means when the conversation ends here without an answer.
LOST = {
    At.CONNECT: Verdict.RELAY,
    At.EHLO: Verdict.RELAY,
    At.MAIL: Verdict.RELAY,
    At.RCPT: Verdict.LATER,
    At.DATA: Verdict.LATER,
    At.BODY: Verdict.LATER,
    At.END: Verdict.UNCERTAIN,
}
REPLIES = tuple(step for step in LOST if step is not At.BODY)


@contextmanager
def connected(
    server: SmtpServer, *, timeout: float = 5.0, reconnect_after: int = 1000
) -> Iterator[SmtpConnection]:
    """Give a connection to a server, closed in the end."""
    connection = SmtpConnection(
        Relay("127.0.0.1", server.port, "none", timeout=timeout, reconnect_after=reconnect_after)
    )
    try:
        yield connection
    finally:
        connection.close()


def hand_over(
    connection: SmtpConnection,
    recipient: str = READER,
    data: bytes = DATA,
    seconds: float = LONG_ENOUGH,
) -> AttemptResult:
    """Deliver one message."""
    return connection.deliver(ME, recipient, data, seconds)


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    """A server that takes everything."""
    with SmtpServer() as running:
        yield running


@pytest.mark.parametrize("pipelining", [True, False])
def test_messages_arrive_one_after_another_over_one_connection(
    pipelining: bool,  # noqa: FBT001
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
def test_a_refusal_at_any_step_concerns_one_message(step: At, code: int, pipelining: bool) -> None:  # noqa: FBT001
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


@pytest.mark.parametrize(
    "act", [drop(), drop(resets=True), drop(takes=True)], ids=["gently", "hard", "after taking it"]
)
@pytest.mark.parametrize("step", LOST)
def test_a_connection_that_breaks_says_what_it_can_have_meant(step: At, act: Act) -> None:
    """Before the final dot nothing was accepted; after it nobody knows, whether it was or not."""
    with SmtpServer(window=4096) as server, connected(server) as connection:
        server.script.at(step, act, times=1)
        assert hand_over(connection, data=BIG if step is At.BODY else DATA).verdict is LOST[step]
        assert len(server.messages) == int(act.takes and step is At.END)
        assert hand_over(connection).verdict is Verdict.ACCEPTED
        assert server.sessions == 2


@pytest.mark.parametrize(
    "act",
    [drop(), stall(), say("421 4.3.0 gone"), send(b"\xff\xff\n")],
    ids=["drop", "stall", "421", "garbage"],
)
def test_what_happens_to_a_goodbye_comes_after_success(server: SmtpServer, act: Act) -> None:
    """A connection that breaks at QUIT changes nothing, and is not waited for."""
    server.script.at(At.QUIT, act)
    began = time.monotonic()
    with connected(server) as connection:
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert time.monotonic() - began < SOON
    assert len(server.messages) == 1


@pytest.mark.parametrize("step", LOST)
def test_a_server_that_falls_silent_is_left_in_time(step: At) -> None:
    """Silence means what a broken connection means, and ends with the step's time.

    After the final dot with the claim's.
    """
    with SmtpServer(window=4096) as server, connected(server, timeout=0.15) as connection:
        server.script.at(step, stall(), times=1)
        began = time.monotonic()
        outcome = hand_over(
            connection,
            data=BIG if step is At.BODY else DATA,
            seconds=0.4 if step is At.END else LONG_ENOUGH,
        )
        assert outcome.verdict is LOST[step]
        assert time.monotonic() - began < SOON
        assert server.count(At.END) == (step is At.END)


def test_the_reply_to_a_whole_message_is_waited_for(server: SmtpServer) -> None:
    """A server that thinks longer than a step may take has accepted it all the same.

    Leaving would send a second copy.
    """
    server.script.at(At.END, stall(1.2))
    with connected(server, timeout=0.1) as connection:
        assert hand_over(connection).verdict is Verdict.ACCEPTED


NONSENSE = {
    "garbage": send(b"\x00\xfe\r\n"),
    "no code": say("Ok"),
    "too many digits": say("2500 Ok"),
    "code that never is": say("150 Ok"),
    "web page": say("HTTP/1.1 400 Bad Request", "", "<html>"),
    "ten megabytes": send(b"250-" + b"x" * 10_000_000 + b"\r\n250 Ok\r\n"),
    "endless line": babble(b"2" * 4096),
    "endless reply": babble(b"250-more\r\n" * 50),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("step", REPLIES)
def test_nonsense_is_no_reply(server: SmtpServer, step: At, nonsense: str) -> None:
    """What is no reply, or does not end, means what a broken connection means.

    No memory and no time is lost over it.
    """
    server.script.at(step, NONSENSE[nonsense])
    began = time.monotonic()
    with connected(server) as connection:
        assert hand_over(connection).verdict is LOST[step]
    assert time.monotonic() - began < SOON


def test_a_reply_that_trickles_does_not_buy_time(server: SmtpServer) -> None:
    """The time for a step is for the whole reply, not for each of its bytes."""
    server.script.at(At.MAIL, Act(trickle=b"250-so slow\r\n" * 50))
    began = time.monotonic()
    with connected(server, timeout=0.3) as connection:
        assert hand_over(connection).verdict is Verdict.RELAY
    assert 0.3 <= time.monotonic() - began < SOON


def test_a_relay_that_is_not_there_burns_no_attempt(server: SmtpServer) -> None:
    """A refused connection is the relay's matter.

    Once it is back, on the same port, sending goes on.
    """
    with connected(server) as connection:
        server.stop()
        assert hand_over(connection) == AttemptResult(Verdict.RELAY, "Connection refused")
        server.start()
        assert hand_over(connection).verdict is Verdict.ACCEPTED
        server.stop()
        server.start()
        assert hand_over(connection).verdict is Verdict.ACCEPTED, (
            "a connection that was open before is made anew"
        )
    assert len(server.messages) == 2


@pytest.mark.parametrize("name", ["nowhere.invalid", "x" * 64 + ".invalid", ".example"])
def test_a_name_that_leads_nowhere_is_the_relays_matter(name: str) -> None:
    """A mistake in the configuration pauses sending; it raises nothing and blames no message."""
    assert hand_over(SmtpConnection(Relay(name, 25, "none"))).verdict is Verdict.RELAY


def test_an_idle_connection_that_the_server_closed_costs_nothing(server: SmtpServer) -> None:
    """Servers close idle connections with 421 or without.

    The message goes over a fresh one at once.
    """
    with connected(server) as connection:
        for act in (
            drop(),
            say("421 4.4.2 idle too long", leaves=True),
            say("451 4.7.1 enough from you for one connection"),
        ):
            assert hand_over(connection).verdict is Verdict.ACCEPTED
            server.script.at(At.MAIL, act, times=1)
            assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert (len(server.messages), server.sessions) == (6, 4)


def test_a_connection_is_made_anew_after_so_many_messages(server: SmtpServer) -> None:
    """With goodbye said each time."""
    with connected(server, reconnect_after=2) as connection:
        assert {hand_over(connection).verdict for _ in range(5)} == {Verdict.ACCEPTED}
    assert [message.session for message in server.messages] == [1, 1, 2, 2, 3]
    assert server.heard.count("QUIT") == 3


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


@pytest.mark.parametrize("step", [At.DATA, At.RSET, At.END])
@pytest.mark.parametrize(
    "act",
    [drop(), say("421 4.3.0 gone", leaves=True), say("hm"), stall()],
    ids=["drop", "421", "garbage", "stall"],
)
def test_a_refusal_counts_whatever_becomes_of_the_connection(
    server: SmtpServer, step: At, act: Act
) -> None:
    """An address that does not exist is known not to, even where the connection breaks early."""
    server.script.at(At.RCPT, say("550 5.1.1 nobody"), times=1).at(
        At.DATA, say("354 go on"), times=1
    ).at(step, act, times=1)
    with connected(server, timeout=0.15) as connection:
        assert hand_over(connection).verdict is Verdict.ADDRESS
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert server.sessions == 2


def test_success_said_too_early_is_not_success(server: SmtpServer) -> None:
    """A reply that was there before the final dot answers something else.

    The message was not accepted.
    """
    server.script.at(At.DATA, send(b"354 go on\r\n250 2.0.0 Ok: taken\r\n"), times=1)
    with connected(server) as connection:
        assert hand_over(connection).verdict is Verdict.LATER
        server.script.at(At.END, send(b"250 Ok\r\n250 Ok\r\n"), times=1)
        assert hand_over(connection, "one@example.net").verdict is Verdict.ACCEPTED
        assert hand_over(connection, "two@example.net").verdict is Verdict.ACCEPTED
    assert [(message.recipient, message.session) for message in server.messages] == [
        ("one@example.net", 2),
        ("two@example.net", 3),
    ]


@pytest.mark.parametrize(
    ("step", "reply", "verdict"),
    [(At.RCPT, "354 go on", Verdict.LATER), (At.END, "354 go on", Verdict.UNCERTAIN)],
)
def test_a_reply_to_something_else_ends_the_connection(
    server: SmtpServer, step: At, reply: str, verdict: Verdict
) -> None:
    """Who says what does not fit the step lost the thread.

    The next message goes over a fresh connection.
    """
    server.script.at(step, say(reply), times=1)
    with connected(server) as connection:
        assert hand_over(connection).verdict is verdict
        assert hand_over(connection).verdict is Verdict.ACCEPTED
    assert server.sessions == 2


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
