"""The one request of the program for a post's page, against real servers.

Whom it asks, what it believes, when it stops.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from publisher.publishing.page_check import ask_page
from publisher.system.urls import is_upgrade, origin_of
from tests.page_server import UP, PageServer, moved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


@pytest.fixture
def server() -> Iterator[PageServer]:
    """The site."""
    with PageServer() as running:
        yield running


@pytest.fixture
def canary() -> Iterator[PageServer]:
    """Somebody else's server, which must never be asked; everything is there."""
    with PageServer(dict.fromkeys(("/", "/page/", "/next/"), UP)) as running:
        yield running


def _ask(server: PageServer, path: str = "/page/", seconds: float = 5.0) -> str:
    return ask_page(server.url, server.url + path, seconds)


def test_a_page_that_answers_200_is_up(server: PageServer) -> None:
    """One plain GET: our name, no cookie; nothing but the head of the answer is waited for."""
    server.pages["/page/?a=b%20c"] = UP
    assert _ask(server, "/page/?a=b%20c#part") == ""
    ((path, headers),) = server.hits
    assert path == "/page/?a=b%20c"
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["User-Agent"].startswith("Publisher/")
    assert "Cookie" not in headers


@pytest.mark.parametrize("status", [201, 204, 304, 401, 403, 404, 405, 410, 429, 500, 503])
def test_a_page_that_answers_anything_else_is_not(server: PageServer, status: int) -> None:
    """And it is said what it answers."""
    server.pages["/page/"] = f"HTTP/1.1 {status} Well\r\nContent-Length: 0\r\n\r\n".encode()
    assert _ask(server) == f"it answers {status}"


def test_a_long_body_is_not_waited_for(server: PageServer) -> None:
    """The head says it all, however slowly the rest comes."""

    def slowly(out: BinaryIO) -> None:
        out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000)
        server.hang(out)

    server.pages["/page/"] = slowly
    began = time.monotonic()
    assert _ask(server) == ""
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["/next/", "next/", "{url}/page/next/", "//127.0.0.1:{port}/next/"]
)
def test_a_redirect_on_the_host_is_followed(server: PageServer, status: int, target: str) -> None:
    """Relative and absolute; a cookie that was set on the way is not sent on."""
    server.pages["/page/"] = moved(target.format(url=server.url, port=server.port), status)
    server.pages["/next/"] = server.pages["/page/next/"] = UP
    assert _ask(server) == ""
    assert len(server.hits) == 2
    assert all("Cookie" not in headers for _, headers in server.hits)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{other}/page/",
        "//127.0.0.1:{other}/page/",
        "http://localhost:{other}/page/",
        "http://localhost:{port}/page/",
        "https://127.0.0.1:{port}/page/",
        "http://127.0.0.1:{port}@127.0.0.1:{other}/page/",
        "http://127.0.0.1:{other}#@127.0.0.1:{port}/page/",
        "ftp://127.0.0.1:{port}/page/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_off_the_host_is_refused(
    server: PageServer, canary: PageServer, target: str
) -> None:
    """Another host, port or scheme: it is not asked, and the page is not up."""
    server.pages["/page/"] = moved(target.format(port=server.port, other=canary.port))
    said = _ask(server)
    assert said.startswith("it redirects to ")
    assert said.endswith(f", not the site's {server.url}")
    assert server.asked() == ["/page/"]
    assert canary.hits == []


def test_the_second_redirect_is_looked_at_too(server: PageServer, canary: PageServer) -> None:
    """A chain that begins on the host and leaves it is refused where it leaves it."""
    server.pages |= {"/page/": moved("/next/"), "/next/": moved(f"{canary.url}/page/")}
    assert "not the site's" in _ask(server)
    assert server.asked() == ["/page/", "/next/"]
    assert canary.hits == []


def test_redirects_end(server: PageServer) -> None:
    """A page that redirects to itself is asked a few times."""
    server.pages["/page/"] = moved("/page/")
    assert _ask(server) == "it redirects again and again"
    assert len(server.hits) == 6


def test_a_page_elsewhere_is_never_asked_for(server: PageServer, canary: PageServer) -> None:
    """Whoever calls: only the site's own host is asked."""
    assert "not the site's" in ask_page(server.url, f"{canary.url}/page/")
    assert "not the site's" in ask_page(server.url, "nonsense")
    assert canary.hits == []


def test_what_a_redirect_names_cannot_add_lines_to_a_request(server: PageServer) -> None:
    """Spaces, line ends and letters of other alphabets are percent-encoded."""
    server.pages["/page/"] = "HTTP/1.1 302 Moved\r\nLocation: /a b/\x0bé\x7f?q=ü x\r\n\r\n".encode()
    server.pages["/a%20b/%0B%C3%A9%7F?q=%C3%BC%20x"] = UP
    assert _ask(server) == ""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "it cannot be reached: it closes the connection without an answer"),
        (b"HTTP/1.1 200", "it cannot be reached: it closes the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "it cannot be reached: its answer is not HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "it cannot be reached: its answer is not HTTP"),
        (b"HTTP/1.1 302 Moved\r\n\r\n", "it answers 302"),
        (
            b"HTTP/1.1 302 Moved\r\nLocation: http://[\r\n\r\n",
            "it cannot be reached: Invalid IPv6 URL",
        ),
        (
            b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 200_000,
            "it cannot be reached: the head of its answer does not end",
        ),
    ],
    ids=["nothing", "half a line", "no HTTP", "no status", "no location", "no address", "no end"],
)
def test_nonsense_is_not_up(server: PageServer, answer: bytes, said: str) -> None:
    """Whatever a server says, the answer is a sentence and no error."""
    server.pages["/page/"] = answer
    assert _ask(server) == said


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\n\n", b"HTTP/1.1 200\r\n\r\n"])
def test_what_servers_leave_out_is_forgiven(server: PageServer, head: bytes) -> None:
    """HTTP/1.0, bare line feeds, no reason phrase (RFC 9112, 2.2 and 4)."""
    server.pages["/page/"] = head
    assert _ask(server) == ""


def test_interim_answers_are_passed_over(server: PageServer) -> None:
    """RFC 9110, 15.2: 100 and 103 come before the answer."""
    server.pages["/page/"] = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n" + UP
    )
    assert _ask(server) == ""


def test_interim_answers_end(server: PageServer) -> None:
    """A server that only ever says "continue" is not listened to for long."""

    def for_ever(out: BinaryIO) -> None:
        while not server.ended.is_set():
            out.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    server.pages["/page/"] = for_ever
    assert _ask(server) == "it cannot be reached: the head of its answer does not end"


@pytest.mark.parametrize("slow", ["silent", "dripping", "redirecting"])
def test_a_server_that_hangs_is_left_in_time(server: PageServer, slow: str) -> None:
    """The time is for the whole question: neither a byte now and then nor redirects prolong it."""

    def dripping(out: BinaryIO) -> None:
        out.write(b"HTTP/1.1 200 OK\r\n")
        while not server.ended.wait(0.05):
            out.write(b"X")

    def redirecting(out: BinaryIO) -> None:
        server.ended.wait(0.3)
        out.write(moved("/page/"))

    server.pages["/page/"] = {
        "silent": server.hang,
        "dripping": dripping,
        "redirecting": redirecting,
    }[slow]
    began = time.monotonic()
    assert _ask(server, seconds=0.5) == "it does not answer in time"
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there_is_not_up() -> None:
    """Refused, and without an address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{door.getsockname()[1]}"
        assert ask_page(url, f"{url}/page/") == "it cannot be reached: Connection refused"
    assert ask_page("http://nowhere.invalid", "http://nowhere.invalid/page/").startswith(
        "it cannot be reached: "
    )


def test_proxies_in_the_environment_are_not_used(
    server: PageServer, canary: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page must be up where readers find it, and nobody else learns what is asked."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    server.pages["/page/"] = UP
    assert _ask(server) == ""
    assert canary.hits == []


def test_a_certificate_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By https the page is up only where a reader's browser would show it."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with PageServer({"/page/": UP}, secure=context) as server:
        assert _ask(server).startswith("its certificate is not accepted: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert _ask(server) == ""
        named = f"https://127.0.0.1:{server.port}"
        assert ask_page(named, f"{named}/page/").startswith("its certificate is not accepted: ")


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://example.org", "https://example.org:443"),
        ("http://EXAMPLE.org/path?q#f", "http://example.org:80"),
        ("https://example.org:8443/", "https://example.org:8443"),
        ("https://someone:secret@example.org/", "https://example.org:443"),
        ("https://bücher.example/", "https://xn--bcher-kva.example:443"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://example.org:99999/", ""),
        ("https://exa mple.org/", ""),
        ("https://a..b/", ""),
        ("https:///page", ""),
        ("mailto:me@example.org", ""),
        ("/page/", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_the_origin_of_an_address(address: str, origin: str) -> None:
    """RFC 6454: scheme, host and port; none where there is none."""
    assert origin_of(address) == origin


@pytest.mark.parametrize(
    ("origin", "other", "expected"),
    [
        ("http://example.org:80", "https://example.org:443", True),
        ("https://example.org:443", "http://example.org:80", False),
        ("http://example.org:80", "https://www.example.org:443", False),
        ("http://example.org:80", "https://example.org:8443", False),
        ("http://example.org:8080", "https://example.org:443", False),
        ("http://example.org:80", "http://example.org:80", False),
        ("", "", False),
    ],
)
def test_http_to_https_is_the_same_host(origin: str, other: str, *, expected: bool) -> None:
    """A redirect from a host's http to its https stays on the host.

    From any other port, it does not.
    """
    assert is_upgrade(origin, other) is expected
