"""Which server a web address is on: its origin, after RFC 6454."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """Return scheme, host and port of a web address, such as ``https://example.org:443``.

    Empty where the address has none of them.

    Hosts are lower case and in their ASCII form; a user name in the address is no part of it.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return ""
    if not host or not host.isprintable() or any(character in host for character in " /?#@"):
        return ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def is_upgrade(origin: str, other: str) -> bool:
    """Check whether an origin is the same host as another one, by https where that is by http.

    Both are on their usual ports.
    """
    host = origin.removeprefix("http://").removesuffix(":80")
    return origin == f"http://{host}:80" and other == f"https://{host}:443"
