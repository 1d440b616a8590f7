"""What an issue says as a column and back."""

from __future__ import annotations

from dataclasses import asdict

from publisher.newsletter.issue import IssueContent
from publisher.posts.columns import pack, unpack


def dump_content(content: IssueContent) -> bytes:
    """Return what an issue says as compressed JSON."""
    return pack(asdict(content))


def load_content(data: bytes) -> IssueContent:
    """Return the issue's words of :func:`dump_content`."""
    return IssueContent(**unpack(data))
