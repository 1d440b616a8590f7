"""Web addresses: the server one is on, and what stands in one as it is."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

URL_SAFE = "/%:@!$&'()*+,;=-._~"
"""What a path may hold as it is, a percent sign of an escape too (RFC 3986, 3.3)."""
_PORTS = {"http": 80, "https": 443}
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def mend_percents(text: str) -> str:
    """Return an address with every percent sign escaped that begins no escape."""
    return _LONE_PERCENT.sub("%25", text)


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
