"""Who gets what on the kept site, whichever version sends it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.kept.kept_site import Site
    from tests.kept.shelf import Got


ALL = {
    "ada@example.com", "ben@example.net", "kim@example.com", "jo@xn--bcher-kva.example.org",
    "fay@example.net", "una@example.net",
    "defne@example.net", "sena@example.org", "paul@example.net",
}  # fmt: skip
"""Who wants every post, letters lowered: for 0.1.0 ``Kim@`` and ``kim@`` are two, for others they
may be one."""
PERHAPS = {"noor@example.net"}
"""Active, while ``Noor@`` has left: for 0.1.0 two people. Where they are one, somebody has to say
what counts."""


def reached(site: Site, subject: str) -> set[str]:
    """Return who got a message, from either version: nobody twice."""
    counts = site.everybody(subject)
    assert set(counts.values()) <= {1}, f"{subject}: {counts}"
    return {address.lower() for address in counts} - PERHAPS


def states(site: Site) -> Counter[str]:
    """Count issues by state."""
    return Counter(issue["state"] for issue in site.issues())


def asked(site: Site) -> Counter[str]:
    """Count who was asked to confirm by today's program."""
    return Counter(got.to for got in site.got() if got.subject.startswith("Please confirm"))


def own(messages: list[Got], subject: str) -> dict[str, Got]:
    """Return the messages of an issue by reader."""
    return {got.to: got for got in messages if got.subject == subject}
