"""Ask whether a post's page is up.

One GET to the site's own host, answered as soon as the head of the answer is there.

::

    address --on the site's host?--> connect --> GET --> status 200: up
                      ^                            |
                      +------- a redirect ---------+

No other host is ever asked, whatever a post or a redirect names. No cookie, no proxy, no body;
everything is bounded in time and bytes.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from publisher import __version__
from publisher.system.urls import URL_SAFE, is_upgrade, origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime


PATIENCE = 10.0
"""Seconds one page may take, redirects and all; what a name server takes before it answers comes on
top."""

_REDIRECTS = 5
_LONGEST_HEAD = 65_536
_CHUNK = 4096
_UP = 200
_MOVED = frozenset({301, 302, 303, 307, 308})
_FIRST_FINAL = 200
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?![0-9])")
_LOCATION = re.compile(rb"\n(?i:location):[ \t]*([^\r\n]+)")
_END = re.compile(rb"\r?\n\r?\n")


def ask_page(site_url: str, address: str, seconds: float = PATIENCE) -> str:
    """Return why a page is not up, or nothing when it is.

    It is when it answers 200, or redirects on its own host to one that does.

    Args:
        site_url: Address of the site, whose scheme, host and port are the only ones asked (or https
            instead of http).
        address: Of the page.
        seconds: How long it may take; never more than ``PATIENCE``.
    """
    origin, deadline = origin_of(site_url), time.monotonic() + min(seconds, PATIENCE)
    try:
        for hop in range(_REDIRECTS + 1):
            asked = origin_of(address)
            # Never another server: an address comes from a post, and a post must not make this
            # machine ask its neighbours.
            if not asked or (asked != origin and not is_upgrade(origin, asked)):
                return (
                    f"it {'redirects to' if hop else 'is on'} {asked or 'no web address'}, not the"
                    f" site's {origin}"
                )
            status, target = _answer(address, deadline)
            if status not in _MOVED or not target:
                return "" if status == _UP else f"it answers {status}"
            address = urljoin(address, target)
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not accepted: {error.verify_message}"
    except TimeoutError:
        return "it does not answer in time"
    except (OSError, ValueError) as error:
        return f"it cannot be reached: {getattr(error, 'strerror', None) or error}"
    return "it redirects again and again"


def _answer(address: str, deadline: float) -> tuple[int, str]:
    """Ask once and return the status and the ``Location`` of the answer (RFC 9112)."""
    server, parts = urlsplit(origin_of(address)), urlsplit(address)
    assert server.hostname is not None
    assert server.port is not None
    usual = (server.scheme, server.port) in {("http", 80), ("https", 443)}
    host = server.netloc.rpartition(":")[0] if usual else server.netloc
    path = quote(parts.path, safe=URL_SAFE, errors="surrogateescape") or "/"
    asked = quote(parts.query, safe=f"{URL_SAFE}?", errors="surrogateescape")
    query = f"?{asked}" if asked else ""
    request = (
        # Own HTTP instead of urllib: that follows redirects to anywhere, and its time limit holds
        # for each read, not for the page.
        f"GET {path}{query} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Publisher/{__version__} (is the"
        " page up?)\r\nAccept: text/html, */*;q=0.5\r\nCache-Control: no-cache\r\nConnection:"
        " close\r\n\r\n"
    )
    with _connected(
        server.hostname, server.port, deadline, secure=server.scheme == "https"
    ) as stream:
        stream.settimeout(_left(deadline))
        stream.sendall(request.encode("ascii"))
        return _head(stream, deadline)


@contextlib.contextmanager
def _connected(host: str, port: int, deadline: float, *, secure: bool) -> Iterator[socket.socket]:
    with _dial(host, port, deadline) as plain:
        plain.settimeout(_left(deadline))
        if not secure:
            yield plain
            return
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as stream:
            yield stream


def _dial(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to the first address of a host that takes us.

    One that never answers leaves time for the others.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failed: OSError = OSError("its host has no address")
    for number, (family, kind, protocol, _, place) in enumerate(found):
        door = socket.socket(family, kind, protocol)
        try:
            # A host with a dead IPv6 address first would use up all the time.
            door.settimeout(_left(deadline) / (len(found) - number))
            door.connect(place)
        except OSError as error:
            door.close()
            failed = error
        else:
            return door
    raise failed


def _head(stream: socket.socket, deadline: float) -> tuple[int, str]:
    data, read = b"", 0
    while True:
        end = _END.search(data)
        if end is None:
            if read > _LONGEST_HEAD:
                raise OSError("the head of its answer does not end")
            stream.settimeout(_left(deadline))
            more = stream.recv(_CHUNK)
            if not more:
                raise OSError("it closes the connection without an answer")
            data, read = data + more, read + len(more)
            continue
        head, data = data[: end.start()], data[end.end() :]
        status = _STATUS.match(head)
        if status is None:
            raise OSError("its answer is not HTTP")
        if int(status[1]) >= _FIRST_FINAL:  # what comes before is interim (RFC 9110, 15.2)
            location = _LOCATION.search(head)
            return int(status[1]), (
                location[1].decode("utf-8", "surrogateescape").strip()
                if location is not None
                else ""
            )


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


BUDGET = 15.0
"""Seconds that all pages of a round may take together."""


def ask_pages(
    pages: Sequence[str],
    ask: Callable[[str, float], str],
    monotonic: Callable[[], float],
    now: datetime,
) -> Mapping[str, str]:
    """Return for each page that was asked why it is not up, or nothing where it is.

    A server that hangs uses up the time; the pages left over are asked in a later round. Whose turn
    is first moves on with the minutes, so that one page that hangs keeps no other from ever being
    asked.
    """
    if not pages:
        return {}
    order = list(dict.fromkeys(pages))
    # No memory needed, and no chance: the minute tells whose turn it is.
    first = int(now.timestamp() // 60) % len(order)
    deadline = monotonic() + BUDGET
    said: dict[str, str] = {}
    for page in (*order[first:], *order[:first]):
        left = deadline - monotonic()
        if left > 0:
            said[page] = ask(page, left)
    return said
