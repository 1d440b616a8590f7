"""Pages that hang, or whose issue somebody releases meanwhile, keep nobody else waiting."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from publisher.newsletter.issue import IssueState
from publisher.publishing.options import Options
from tests.end_to_end.waiting_site import (
    POST,
    QUEUED,
    WAITS,
    issue_states,
    publish,
    site_that_sends,
)
from tests.page_server import UP, PageServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


@pytest.fixture
def server() -> Iterator[PageServer]:
    """The web server of the site; no page is there yet."""
    with PageServer() as running:
        yield running


def test_while_a_page_hangs_the_database_is_free(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction is open during the request: somebody else can write.

    And the round ends although the page never answers.
    """
    monkeypatch.setattr("publisher.publishing.page_check.PATIENCE", 0.5)
    site = site_that_sends(tmp_path, server)
    wrote: list[str] = []

    def write_and_hang(out: BinaryIO) -> None:
        with sqlite3.connect(
            site.folder / "state" / "publisher.db", timeout=0, isolation_level=None
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        other.close()
        wrote.append("yes")
        server.hang(out)

    server.pages["/news/"] = write_and_hang
    began = time.monotonic()
    report = publish(site)
    assert time.monotonic() - began < 5
    assert wrote == ["yes"]
    assert (issue_states(report), report.issues[0].said) == (WAITS, "it does not answer in time")


def test_an_issue_released_while_its_page_is_asked_for_is_queued_once(
    tmp_path: Path, server: PageServer
) -> None:
    """A person is quicker than the server.

    What they did stands, and the round finds nothing left to do.
    """
    site = site_that_sends(tmp_path, server)
    publish(site)
    beside = site.open()

    def release(out: BinaryIO) -> None:
        beside.issue_service().release([2], None, site.now)
        out.write(UP)

    server.pages["/news/"] = release
    site.later(minutes=1)
    assert site.build().issues == ()
    assert [line.issue.state for line in beside.issue_service().issues()] == [
        IssueState.HELD,
        IssueState.QUEUED,
    ]
    beside.database.close()


def test_many_pages_of_a_server_that_hangs_do_not_keep_a_round(
    tmp_path: Path, server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is bounded in all; feeds are written all the same, and no issue is lost."""
    monkeypatch.setattr("publisher.publishing.page_check.BUDGET", 0.5)
    site = site_that_sends(tmp_path, server)
    for number in range(5):
        server.pages[f"/post-{number}/"] = server.hang
        site.write(f"post-{number}.md", POST.format(title=f"Post {number}", more=""))
    began = time.monotonic()
    report = site.build()
    assert time.monotonic() - began < 5
    assert issue_states(report) == WAITS * 5
    assert len(server.hits) == 1
    assert "feed.xml" in report.feeds.written
    opened = site.open()
    site.later(minutes=1)
    for number in range(5):
        server.pages[f"/post-{number}/"] = UP
    assert (
        issue_states(opened.publisher().publish_once(site.now, Options(one_shot=False)))
        == QUEUED * 5
    )
    opened.database.close()
