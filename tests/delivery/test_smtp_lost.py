"""A connection that breaks, falls silent or says nonsense: what each step's loss means."""

from __future__ import annotations

import time

import pytest

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.smtp_client import (
    BIG,
    DATA,
    LONG_ENOUGH,
    LOST,
    REPLIES,
    SOON,
    connected,
    hand_over,
)
from tests.delivery.smtp_script import Act, At, babble, drop, say, send, stall
from tests.delivery.smtp_server import SmtpServer


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
