"""An issue waits for its post's page.

A real site, a real web server, commands and the daemon's rounds.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.newsletter.issue import HoldReason, IssueState
from tests.commands import publisher
from tests.end_to_end.test_commands import TODAY
from tests.end_to_end.waiting_site import (
    POST,
    QUEUED,
    WAITS,
    issue_states,
    publish,
    site_that_sends,
)
from tests.page_server import UP, PageServer, moved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[PageServer]:
    """The web server of the site; no page is there yet."""
    with PageServer() as running:
        yield running


def test_a_one_shot_waits_for_the_page_and_the_next_one_queues(
    tmp_path: Path, server: PageServer
) -> None:
    """404, then 200: nothing is queued before the page is there, and it is queued once."""
    site = site_that_sends(tmp_path, server)
    report = publish(site)
    (line,) = report.issues
    assert (issue_states(report), line.page, line.said) == (
        WAITS,
        f"{server.url}/news/",
        "it answers 404",
    )
    site.later(seconds=10)
    assert issue_states(site.build()) == WAITS
    server.pages["/news/"] = UP
    site.later(seconds=10)
    assert issue_states(site.build()) == QUEUED
    assert site.build().issues == ()
    assert server.asked() == ["/news/"] * 3


def test_a_page_that_is_up_already_delays_nothing(tmp_path: Path, server: PageServer) -> None:
    """Queued by the round that sees the post; a dry run says so and changes nothing."""
    site = site_that_sends(tmp_path, server)
    server.pages["/news/"] = UP
    assert issue_states(publish(site, dry_run=True)) == QUEUED
    assert issue_states(site.build()) == QUEUED


def test_a_dry_run_says_what_waits(tmp_path: Path, server: PageServer) -> None:
    """With the page, and why it is not up."""
    (line,) = publish(site_that_sends(tmp_path, server), dry_run=True).issues
    assert (line.issue.reason, line.page, line.said) == (
        HoldReason.PAGE_MISSING,
        f"{server.url}/news/",
        "it answers 404",
    )


def test_the_daemon_asks_after_the_grace_and_every_minute(
    tmp_path: Path, server: PageServer
) -> None:
    """Its rounds in between, for other reasons, ask nobody."""
    site = site_that_sends(tmp_path, server)
    assert issue_states(publish(site, one_shot=False)) == [(IssueState.WAITING, None)]
    assert server.hits == []
    site.later(minutes=5)
    report = site.build(one_shot=False)
    assert issue_states(report) == WAITS
    assert report.next_due == site.now + timedelta(minutes=1)
    site.later(seconds=30)
    assert site.build(one_shot=False).issues == ()
    assert len(server.hits) == 1
    server.pages["/news/"] = UP
    site.later(seconds=30)
    assert issue_states(site.build(one_shot=False)) == QUEUED
    assert len(server.hits) == 2


def test_a_redirect_within_the_host_is_followed(tmp_path: Path, server: PageServer) -> None:
    """As generators and servers do for addresses without a closing slash."""
    site = site_that_sends(tmp_path, server)
    server.pages |= {"/news/": moved("/news/index.html", 301), "/news/index.html": UP}
    assert issue_states(publish(site)) == QUEUED


def test_a_redirect_off_the_host_is_refused(tmp_path: Path, server: PageServer) -> None:
    """The other server sees no hit; the issue waits and says where the redirect leads."""
    with PageServer({"/news/": UP}) as canary:
        site = site_that_sends(tmp_path, server)
        server.pages["/news/"] = moved(f"{canary.url}/news/")
        report = publish(site)
        assert issue_states(report) == WAITS
        assert report.issues[0].said == f"it redirects to {canary.url}, not the site's {server.url}"
        assert canary.hits == []


def test_a_page_elsewhere_is_neither_asked_for_nor_waited_for(
    tmp_path: Path, server: PageServer
) -> None:
    """Another host, another port, https: such a post's issue is queued at once."""
    with PageServer() as canary:
        site = site_that_sends(tmp_path, server)
        for number, address in enumerate(
            (
                f"{canary.url}/x/",
                f"https://127.0.0.1:{server.port}/x/",
                f"http://localhost:{server.port}/x/",
                "https://example.org/x/",
            )
        ):
            assert (
                issue_states(publish(site, f"Post{number}", f"permalink: {address}{number}\n"))
                == QUEUED
            )
            site.later(hours=1)
        assert (server.hits, canary.hits) == ([], [])


@pytest.mark.parametrize(("transport", "waits"), [("maildir", True), ("smtp", False)])
def test_nobody_asks_where_nothing_is_sent_or_it_is_turned_off(
    tmp_path: Path, server: PageServer, transport: str, *, waits: bool
) -> None:
    """``newsletter.wait_for_page`` counts with smtp only."""
    site = site_that_sends(tmp_path, server, transport=transport, waits=waits)
    assert issue_states(publish(site)) == QUEUED
    assert server.hits == []


def test_two_posts_with_one_page_ask_once(tmp_path: Path, server: PageServer) -> None:
    """A round asks for a page once, whoever waits for it."""
    site = site_that_sends(tmp_path, server)
    for name in ("One", "Two"):
        site.write(f"{name}.md", POST.format(title=name, more=f"id: {name}\nurl: /same/\n"))
    assert issue_states(site.build()) == WAITS * 2
    assert server.asked() == ["/same/"]


def test_after_a_day_it_is_held_and_the_operator_told(tmp_path: Path, server: PageServer) -> None:
    """The hook names post, page and reason; nothing is asked any more.

    A release sends without asking.
    """
    command = json.dumps(
        [sys.executable, "-c", "import sys; open('heard', 'a').write(sys.stdin.read() + '\\n')"]
    )
    site = site_that_sends(tmp_path, server, more=f"[hooks]\nissue_held = {command}\n")
    (tmp_path / "heard").unlink()
    publish(site)
    site.later(hours=23, minutes=59)
    assert issue_states(site.build()) == WAITS
    assert not (tmp_path / "heard").exists()
    site.later(minutes=1)
    assert issue_states(site.build()) == [(IssueState.HELD, HoldReason.PAGE_MISSING)]
    (heard,) = [json.loads(line) for line in (tmp_path / "heard").read_text().splitlines()]
    (issue,) = heard["issues"]
    assert (heard["event"], issue["posts"], issue["reason"]) == (
        "issue_held",
        ["news.md"],
        "page not up",
    )
    assert (issue["page"], issue["said"]) == (f"{server.url}/news/", "it answers 404")
    assert "gives_up" not in issue
    asked = len(server.hits)
    server.pages["/news/"] = UP
    site.later(hours=1)
    assert site.build().issues == ()
    opened = site.open()
    (line,) = opened.issue_service().release((), HoldReason.PAGE_MISSING, site.now)
    opened.database.close()
    assert (line.issue.state, len(server.hits)) == (IssueState.QUEUED, asked)


def test_unpublishing_a_post_that_waits_asks_nobody(tmp_path: Path, server: PageServer) -> None:
    """Its issue is withdrawn."""
    site = site_that_sends(tmp_path, server)
    publish(site)
    report = publish(site, more="draft: true\n")
    assert [line.issue.state for line in report.issues] == [IssueState.CANCELLED]
    assert report.issues[0].page == ""
    assert len(server.hits) == 1


def test_the_commands_say_which_page_is_waited_for(tmp_path: Path, server: PageServer) -> None:
    """``build``, ``status``, ``issues list`` and ``show`` name it and when the program gives up.

    ``release`` asks nobody.
    """
    site = site_that_sends(tmp_path, server)
    site.write("news.md", POST.format(title="News", more="").replace("2026-03-02", TODAY))
    page = f"{server.url}/news/"
    said = publisher("build", "-c", site.config_file).stdout
    assert "waiting (page not up): News" in said
    assert f"Waits    {page} is not up yet (it answers 404); each run asks again until 20" in said
    assert "publisher issues release 2" in said
    for command in (("status",), ("issues", "list"), ("issues", "show", "2")):
        assert (
            f"page not up yet: {page}, held in 24 h"
            in publisher(*command, "-c", site.config_file).stdout
        )
    listed = json.loads(publisher("issues", "list", "--json", "-c", site.config_file).stdout)[
        "issues"
    ][-1]
    assert (listed["state"], listed["reason"], listed["page"]) == ("waiting", "page not up", page)
    assert listed["gives_up"][:2] == "20"
    assert len(server.hits) == 1
    assert "queued" in publisher("issues", "release", "2", "-c", site.config_file).stdout
    assert len(server.hits) == 1
