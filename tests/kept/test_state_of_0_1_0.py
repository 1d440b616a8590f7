"""The state that version 0.1.0 left.

Today's program opens it and goes on, and nobody gets anything twice or by accident.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.kept import writings
from tests.kept.kept_site import taken_out
from tests.kept.readers import ALL, reached, states

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kept.kept_site import Site
    from tests.kept.shelf import Shelf


def test_todays_program_opens_it_and_shows_what_is_in_it(site: Site) -> None:
    """Issues in every state, people in every state, messages in every state.

    And the one file that is wrong.
    """
    assert site.json("status")["posts"]["published"] == 20
    assert states(site) == {
        "held": 9, "waiting": 1, "queued": 1, "sending": 1, "paused": 1, "sent": 9, "written": 1,
        "cancelled": 3,
    }  # fmt: skip
    assert {str(issue["reason"]) for issue in site.issues() if issue["state"] == "held"} == {
        "first run",
        "old news",
        "bulk",
        "by hand",
    }
    people = {
        person["address"]: person["state"]
        for person in site.json("subscribers", "list")["subscribers"]
    }
    assert {address.lower() for address, state in people.items() if state == "active"} >= ALL - {
        "jo@xn--bcher-kva.example.org"
    }
    expected = {
        "skye@example.com": "unsubscribed",
        "bo@example.net": "bounced",
        "cora@example.org": "complained",
        "pia@example.com": "pending",
    }
    assert people.items() >= expected.items()
    assert not {"fritz@example.net", "remo@example.net", "stranger@example.org"} & people.keys()
    assert site.person("dora@example.net")["zone"] == "Asia/Tokyo"
    assert site.person("wes@example.com")["wanted"] == ["boats"]
    found = {
        row["state"] for row in site.json("deliveries", "list", "--limit", "500")["deliveries"]
    }
    assert found == {
        "queued",
        "sending",
        "sent",
        "written",
        "deferred",
        "failed",
        "unknown",
        "skipped",
        "cancelled",
    }
    assert [
        problem["path"]
        for problem in site.json("check", status=1)["problems"]
        if problem["level"] == "error"
    ] == ["broken.md"]


def test_a_build_with_nothing_changed_changes_nothing(site: Site) -> None:
    """Whether the files' times are as they were or not.

    The same feeds, the same ids, no issue, no mail.
    """
    feeds, issues = site.feeds(), site.issues()
    site.run("build", status=1)
    assert site.feeds() == feeds
    shutil.rmtree(site.folder / "public")
    site.stamp(
        str(path.relative_to(site.folder / "posts"))
        for path in (site.folder / "posts").rglob("*.*")
    )
    site.run("build", status=1)
    assert site.feeds() == feeds
    # What waited goes with a build: that was asked for by the version before, and only once.
    moved = [
        {**issue, "state": "queued", "due_at": None} if issue["state"] == "waiting" else issue
        for issue in issues
    ]
    assert [(issue["id"], issue["state"]) for issue in site.issues()] == [
        (issue["id"], issue["state"]) for issue in moved
    ]
    assert site.got() == []


DIGESTS = {"wim@example.org", "wes@example.com", "dan@example.com", "dora@example.net"}


def test_what_is_due_becomes_a_digest(site: Site) -> None:
    """On Monday: everything since the last one that is still there, once, each in its zone.

    The daily ones carry only what is new.
    """
    site.at("2026-03-09T11:50").run("run", "--once", status=1)
    assert "wes@example.com" not in {got.to for got in site.got()}, (
        "New York's eight o'clock has not come"
    )
    site.at("2026-03-09T12:10").run("run", "--once", status=1)
    digests = {got.to: got.data.decode() for got in site.got() if got.to in DIGESTS}
    assert sorted(got.to for got in site.got() if got.to in DIGESTS) == sorted(DIGESTS), (
        "each of them once"
    )
    for title in (
        "Written in sand",
        "A gale of letters",
        "The harbour pilot",
        "Night ferry",
        "Fog signals",
    ):
        assert title in digests["wim@example.org"]
    for title in (
        "Ropes and knots",
        "Cancelled crossing",
        "From the attic",
        "Second thoughts",
        "The lost sheet",
        "Tide table",
    ):
        assert title not in digests["wim@example.org"]
    assert "Fog signals" in digests["wes@example.com"]
    assert "Fog signals" in digests["dora@example.net"]
    assert "The harbour pilot" not in digests["dora@example.net"], "she had it on Thursday"


def test_ids_come_back_with_their_files(site: Site) -> None:
    """Of tombstones, also under another name; and of an old feed's entry whose post comes only now.

    None is news.
    """
    shown = site.ids()
    assert "Winter stores" not in shown
    site.write("ropes-and-knots.md", writings.ROPES)
    site.write("stores-of-winter.md", writings.FIRST["winter-stores.md"])
    site.write(
        "the-buoy-tender.md",
        writings.post("The buoy tender", "2025-10-01 08:00", "She is painted every spring."),
    )
    site.run("build", status=1)
    assert site.ids() == {
        **shown,
        "Ropes and knots": "tag:harbour.example.org,2026-03-03:ropes-and-knots",
        "Winter stores": "urn:harbour:winter-stores",
        "The buoy tender": "urn:harbour:the-buoy-tender",
    }
    assert [issue["state"] for issue in site.issues() if issue["subject"] == "Ropes and knots"] == [
        "sent"
    ]
    assert not [issue for issue in site.issues() if issue["subject"] == "Winter stores"]
    assert site.issue("The buoy tender")["state"] == "held"


def test_who_was_forgotten_or_left_stays_away(site: Site) -> None:
    """No list brings them back, and no message goes to them."""
    away = (
        "fritz@example.net",
        "stranger@example.org",
        "skye@example.com",
        "ulla@example.com",
        "bo@example.net",
        "cora@example.org",
    )
    (site.folder / "list.csv").write_text(
        "email\n" + "".join(f"{address}\n" for address in (*away, "nell@example.org"))
    )
    site.run("subscribers", "import", "list.csv", "--consent", "another list", status=1)
    refused = (site.folder / "list-refused.csv").read_text()
    assert "fritz@example.net" in refused
    assert "stranger@example.org" in refused
    site.run("subscribers", "show", "fritz@example.net", status=2)
    assert [site.person(address)["state"] for address in away[2:]] == [
        "unsubscribed",
        "unsubscribed",
        "bounced",
        "complained",
    ]
    site.write("a-new-one.md", writings.post("A new one", "2026-03-06 10:00", "It came today."))
    site.run("build", status=1)
    if site.issue("A new one")["state"] == "held":  # first seen by another version
        site.run("issues", "release", site.issue("A new one")["id"])
    site.run("run", "--once", status=1)
    assert reached(site, "A new one") == {*ALL, "nell@example.org"}
    assert not {got.to for got in site.got()} & set(away)


def test_a_restored_copy_holds_what_it_had_not_sent(site: Site) -> None:
    """The backup of Wednesday, put back on Friday.

    What was queued then was sent since, and what came since went out as well.
    """
    site.restore()
    for _ in range(2):
        site.run("run", "--once", status=1)
    assert site.got() == []
    for subject in (
        "The harbour pilot",
        "Lamp oil",
        "Tide table 1",
        "Fog signals",
        "Low water",
        "Night ferry",
        "From the attic",
    ):
        assert site.issue(subject)["state"] == "held"
    assert site.issue("The harbour pilot")["reason"] == "restored"
    assert site.issue("Fog signals")["reason"] == "restored"


def test_a_dump_on_another_server_is_an_older_copy(shelf: Shelf, tmp_path: Path) -> None:
    """Nobody knows what the other server's database sent since: all of it waits for a person."""
    with taken_out(shelf, "postgresql", tmp_path / "site", moved=True) as site:
        site.at("2026-03-06T09:43").run("run", "--once", status=1)
        assert {got.subject for got in site.got()} == {"Please confirm: The Harbour Letter"}, (
            "somebody asked for that one"
        )
        assert states(site).keys() <= {"held", "paused", "sent", "written", "cancelled"}
        assert (site.issue("Night ferry")["state"], site.issue("Low water")["state"]) == (
            "held",
            "held",
        )
        assert site.issue("Fog signals")["state"] == "paused"
