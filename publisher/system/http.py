"""Read the feed a site had before: a file, or an address the operator names."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

from publisher.errors import NotFoundError

_LONGEST = 50_000_000
_TIMEOUT = 30.0


def read_feed(source: str) -> bytes:
    """Return the bytes of a feed.

    Args:
        source: A file, or an http(s) address.

    Raises:
        NotFoundError: It cannot be read.
    """
    if not source.startswith(("http://", "https://")):
        try:
            return Path(source).read_bytes()
        except OSError as error:
            raise NotFoundError(
                f"{source} cannot be read: {error.strerror}.",
                cure="Name a file or an http(s) address.",
            ) from error
    # Http(s) only, checked above
    request = urllib.request.Request(  # noqa: S310
        source,
        headers={"User-Agent": "Publisher (adopt)"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the same
            data: bytes = answer.read(_LONGEST)
            return data
    except (urllib.error.URLError, TimeoutError, OSError) as error:
        raise NotFoundError(
            f"{source} cannot be fetched: {error}.", cure="Save the feed in a file and name that."
        ) from error
