"""Only the greeting is said in clear text to another machine, and nobody else gets the password."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Literal

import pytest

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.transports.smtp.connection import SmtpConnection
from publisher.delivery.transports.smtp.relay import Relay
from tests.delivery.certificates import Certificates
from tests.delivery.smtp_script import At, drop, say, send, stall
from tests.delivery.smtp_server import Received, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.smtp_script import Act

ME, READER, MIRA, PASSWORD = "news@example.org", "reader@example.net", "mira", "correct horse"
DATA = b"Subject: Hello\r\n\r\nA line.\r\n"

Tls = Literal["implicit", "starttls", "none"]
type_of_tls = pytest.mark.parametrize("tls", ["implicit", "starttls"])


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    """An authority of our own."""
    return Certificates()


def deliver(
    server: SmtpServer,
    tls: Tls,
    trust: Callable[[], ssl.SSLContext],
    *,
    username: str = "",
    password: str = "",
    timeout: float = 5.0,
) -> AttemptResult:
    """Deliver one message over a fresh connection."""
    connection = SmtpConnection(
        Relay("127.0.0.1", server.port, tls, username, password, timeout), trust
    )
    try:
        return connection.deliver(ME, READER, DATA, 20)
    finally:
        connection.close()


@type_of_tls
@pytest.mark.parametrize("pipelining", [True, False])
def test_messages_travel_inside_tls(
    certificates: Certificates, tls: Tls, *, pipelining: bool
) -> None:
    """Small and large ones, one after another, however little the server takes at a time."""
    large = DATA + b"".join(b"%08d\r\n" % number for number in range(300_000))
    with SmtpServer(
        context=certificates.server(),
        implicit=tls == "implicit",
        pipelining=pipelining,
        window=4096,
    ) as server:
        connection = SmtpConnection(
            Relay("127.0.0.1", server.port, tls, timeout=5), certificates.client
        )
        for data in (DATA, large, DATA):
            assert connection.deliver(ME, READER, data, 20) == AttemptResult(
                Verdict.ACCEPTED, "250 2.0.0 Ok: taken"
            )
        connection.close()
        assert server.messages == [Received(ME, READER, data) for data in (DATA, large, DATA)]
        assert all(message.secure for message in server.messages)
        assert (server.sessions, server.heard[-1]) == (1, "QUIT")


@type_of_tls
def test_what_is_offered_inside_tls_is_what_counts(certificates: Certificates, tls: Tls) -> None:
    """An extension that was only offered in clear text is not used (RFC 3207, 4.2)."""
    with SmtpServer(context=certificates.server(), implicit=tls == "implicit") as server:
        server.script.at(
            At.EHLO, say("250-sink.example", "250-SIZE 1000000", "250 STARTTLS"), times=1
        )
        server.script.at(At.EHLO, say("250 sink.example"), skip=1 if tls == "starttls" else 0)
        assert deliver(server, tls, certificates.client).verdict is Verdict.ACCEPTED
        assert server.messages[0].options == ""


@pytest.mark.parametrize(
    ("offer", "words"),
    [
        (say("250-sink.example", "250 PIPELINING"), "offers no STARTTLS"),
        (say("250-sink.example", "250-AUTH PLAIN", "250 XXXXXXXX"), "offers no STARTTLS"),
        (say("502 5.5.1 what?"), "offers no STARTTLS"),
        (None, "454 4.7.0 TLS not available"),
    ],
    ids=["absent", "overwritten", "no EHLO", "refused"],
)
def test_without_tls_nothing_is_sent(
    certificates: Certificates, offer: Act | None, words: str
) -> None:
    """Whoever takes STARTTLS out of the conversation gets neither password nor address.

    Sending pauses and says why.
    """
    with SmtpServer(context=certificates.server(), users={MIRA: PASSWORD}) as server:
        if offer is None:
            server.script.at(At.STARTTLS, say("454 4.7.0 TLS not available"))
        else:
            server.script.at(At.EHLO, offer, times=1)
        outcome = deliver(server, "starttls", certificates.client, username=MIRA, password=PASSWORD)
        assert outcome.verdict is Verdict.RELAY
        assert words in outcome.words
        assert (server.count(At.AUTH), server.count(At.MAIL)) == (0, 0)


def test_replies_slipped_in_before_tls_are_not_believed(certificates: Certificates) -> None:
    """Bytes behind the answer to STARTTLS came in clear text, from anybody (CVE-2011-0411)."""
    with SmtpServer(context=certificates.server()) as server:
        server.script.at(
            At.STARTTLS, send(b"220 go ahead\r\n250-evil.example\r\n250 AUTH PLAIN\r\n")
        )
        outcome = deliver(server, "starttls", certificates.client, username=MIRA, password=PASSWORD)
        assert outcome == AttemptResult(Verdict.RELAY, "bytes came in clear text where TLS begins")
        assert server.count(At.EHLO) == 1


@type_of_tls
@pytest.mark.parametrize("fault", ["expired", "untrusted", "another name"])
def test_a_certificate_that_proves_nothing_is_refused(
    certificates: Certificates, tls: Tls, fault: str
) -> None:
    """Sending pauses with a reason; nothing was said to whoever that is."""
    context = certificates.server(
        "127.0.0.2" if fault == "another name" else "127.0.0.1", expired=fault == "expired"
    )
    trust = ssl.create_default_context if fault == "untrusted" else certificates.client
    with SmtpServer(context=context, implicit=tls == "implicit", users={MIRA: PASSWORD}) as server:
        outcome = deliver(server, tls, trust, username=MIRA, password=PASSWORD)
        assert outcome.verdict is Verdict.RELAY
        assert outcome.words.startswith("the server's certificate is refused: ")
        assert (server.count(At.AUTH), server.count(At.MAIL), server.messages) == (0, 0, [])


def test_roots_are_read_once_and_again_after_a_refusal(certificates: Certificates) -> None:
    """Reading them takes long.

    A certificate that the operator has meanwhile made trusted is accepted without a restart.
    """
    given = [ssl.create_default_context(), certificates.client()]
    with SmtpServer(context=certificates.server()) as server:
        connection = SmtpConnection(
            Relay("127.0.0.1", server.port, "starttls", timeout=5, reconnect_after=1),
            lambda: given.pop(0),
        )
        verdicts = [connection.deliver(ME, READER, DATA, 20).verdict for _ in range(3)]
        connection.close()
        assert verdicts == [Verdict.RELAY, Verdict.ACCEPTED, Verdict.ACCEPTED]
        assert server.sessions == 3


@type_of_tls
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "PLAIN", "LOGIN", "LOGIN XOAUTH2"])
def test_logging_in(certificates: Certificates, tls: Tls, mechanisms: str) -> None:
    """With whichever mechanism the server has, inside TLS."""
    with SmtpServer(
        context=certificates.server(), implicit=tls == "implicit", users={MIRA: PASSWORD}
    ) as server:
        server.script.at(
            At.EHLO,
            say("250-sink.example", f"250 AUTH {mechanisms}"),
            skip=1 if tls == "starttls" else 0,
        )
        assert (
            deliver(server, tls, certificates.client, username=MIRA, password=PASSWORD).verdict
            is Verdict.ACCEPTED
        )
        assert [(message.user, message.secure) for message in server.messages] == [(MIRA, True)]


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        (MIRA, "battery staple", "535 5.7.8 wrong name or password"),
        ("", "", "530 5.7.0 log in first (MAIL FROM)"),
        (
            MIRA,
            "Straße",
            "the server's name, the user name or the password holds characters that cannot be sent",
        ),
    ],
    ids=["wrong", "none", "beyond ASCII"],
)
def test_a_login_that_fails_is_the_relays_matter(
    certificates: Certificates, name: str, password: str, words: str
) -> None:
    """Everything waits, with the server's own words and never ours."""
    with SmtpServer(context=certificates.server(), users={MIRA: PASSWORD}) as server:
        assert deliver(
            server, "starttls", certificates.client, username=name, password=password
        ) == AttemptResult(Verdict.RELAY, words)
        assert server.messages == []


def test_a_server_without_login_is_not_sent_to_by_somebody_who_has_one(
    certificates: Certificates,
) -> None:
    """A user name says that the relay knows its users; one that does not is another."""
    with SmtpServer(context=certificates.server()) as server:
        outcome = deliver(server, "starttls", certificates.client, username=MIRA, password=PASSWORD)
        assert (outcome.verdict, server.messages) == (Verdict.RELAY, [])
        assert "AUTH" in outcome.words


@type_of_tls
@pytest.mark.parametrize(
    "act", [drop(), stall(), say("421 4.7.0 no")], ids=["drop", "stall", "421"]
)
@pytest.mark.parametrize("step", [At.STARTTLS, At.AUTH])
def test_what_breaks_before_the_first_message_is_the_relays_matter(
    certificates: Certificates, tls: Tls, act: Act, step: At
) -> None:
    """Until MAIL FROM nothing concerns a message."""
    if step is At.STARTTLS and tls == "implicit":
        return
    with SmtpServer(
        context=certificates.server(), implicit=tls == "implicit", users={MIRA: PASSWORD}
    ) as server:
        server.script.at(step, act)
        assert (
            deliver(
                server, tls, certificates.client, username=MIRA, password=PASSWORD, timeout=0.3
            ).verdict
            is Verdict.RELAY
        )


@pytest.mark.parametrize("tls", ["implicit", "none"])
def test_a_server_that_speaks_the_other_way_is_left(certificates: Certificates, tls: Tls) -> None:
    """TLS to a port of clear text, and the reverse, end soon, and as the relay's matter."""
    with SmtpServer(context=certificates.server(), implicit=tls == "none") as server:
        assert deliver(server, tls, certificates.client, timeout=0.3).verdict is Verdict.RELAY


@type_of_tls
@pytest.mark.parametrize("step", [At.MAIL, At.BODY, At.END])
@pytest.mark.parametrize("act", [drop(), stall()], ids=["drop", "stall"])
def test_connections_break_inside_tls_as_they_do_outside(
    certificates: Certificates, tls: Tls, step: At, act: Act
) -> None:
    """Before the final dot nothing was accepted; after it nobody knows."""
    meaning = {At.MAIL: Verdict.RELAY, At.END: Verdict.UNCERTAIN}.get(step, Verdict.LATER)
    with SmtpServer(
        context=certificates.server(), implicit=tls == "implicit", window=4096
    ) as server:
        server.script.at(step, act)
        connection = SmtpConnection(
            Relay("127.0.0.1", server.port, tls, timeout=0.3), certificates.client
        )
        data = DATA + b"x" * 4_000_000 + b"\r\n" if step is At.BODY else DATA
        assert (
            connection.deliver(ME, READER, data, 0.5 if step is At.END else 20).verdict is meaning
        )
        assert server.messages == (
            [] if step is not At.END or act == drop() else [Received(ME, READER, DATA)]
        )
