"""An operator settles what version 0.1.0 left waiting for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kept.conftest import KINDS
from tests.kept.kept_site import taken_out
from tests.kept.readers import ALL, reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kept.kept_site import Site
    from tests.kept.shelf import Shelf


@pytest.fixture(scope="module", params=KINDS)
def settled_site(
    request: pytest.FixtureRequest, shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site whose operator settles all that waits for a person, and whose cron job then sends it.

    Twice, as cron does.
    """
    with taken_out(shelf, request.param, tmp_path_factory.mktemp("settled") / "site") as site:
        site.at("2026-03-06T09:43")
        site.run("issues", "release", site.issue("From the attic")["id"])
        site.run("issues", "release", "--reason", "bulk")
        site.run("issues", "resume", site.issue("Lamp oil")["id"])
        (doubtful,) = site.json("deliveries", "list", "--state", "unknown")["deliveries"]
        site.run("deliveries", "resolve", doubtful["id"], "--as", "resend")
        for _ in range(2):
            site.run("run", "--once", status=1)
        yield site


def test_what_was_left_for_a_person_can_be_settled(settled_site: Site) -> None:
    """A message in doubt goes once more when somebody says so, and as the same message."""
    (got,) = [got for got in settled_site.got() if got.subject == "Ropes and knots"]
    row = settled_site.json(
        "deliveries",
        "list",
        "--address",
        "una@example.net",
        "--issue",
        settled_site.issue("Ropes and knots")["id"],
    )["deliveries"][0]
    assert (got.to, got.message_id, row["state"]) == ("una@example.net", row["message_id"], "sent")


def test_held_issues_are_released_to_exactly_their_audience(settled_site: Site) -> None:
    """One that 0.1.0 composed, and those it only recorded; what nobody released is held."""
    assert reached(settled_site, "From the attic") == {*ALL, "olga@example.org"}
    for number in range(1, 7):
        assert reached(settled_site, f"Tide table {number}") == ALL
    assert not reached(settled_site, "Breakwater") | reached(settled_site, "First light")


def test_the_paused_issue_is_resumed_for_the_rest(settled_site: Site) -> None:
    """One had been put off, two had not been tried; who has left since had it before."""
    had = {got.to.lower() for got in settled_site.before if got.subject == "Lamp oil"}
    assert ALL - had == {"ada@example.com", "defne@example.net", "paul@example.net"}
    assert reached(settled_site, "Lamp oil") == {*ALL, "ulla@example.com"}
