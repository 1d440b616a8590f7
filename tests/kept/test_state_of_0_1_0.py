"""The state that version 0.1.0 left.

Today's program opens it and goes on, and nobody gets anything twice or by accident.
"""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.kept import writings
from tests.kept.conftest import KINDS
from tests.kept.keeping import taken_out

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kept.keeping import Got, Shelf, Site

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
    """Give who got a message, from either version: nobody twice."""
    counts = site.everybody(subject)
    assert set(counts.values()) <= {1}, f"{subject}: {counts}"
    return {address.lower() for address in counts} - PERHAPS


def states(site: Site) -> Counter[str]:
    """Count issues by state."""
    return Counter(issue["state"] for issue in site.issues())


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


@pytest.fixture(scope="module", params=KINDS)
def morning(
    request: pytest.FixtureRequest, shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site whose daemon was killed in mid-send, and that a daemon of today works on.

    It does so before and then after an issue is due.
    """
    with (
        taken_out(shelf, request.param, tmp_path_factory.mktemp("morning") / "site") as site,
        site.at("2026-03-06T09:43").daemon(),
    ):
        site.until(
            lambda: (
                site.has_told("Fog signals", "sent")
                and site.has_told("Night ferry", "sent")
                and len(asked(site)) == 2
            )
        )
        assert not reached(site, "Low water"), "it is due at 10:01"
        site.at("2026-03-06T10:02")
        site.until(lambda: site.has_told("Low water", "sent"))
        yield site


def test_a_daemon_of_today_goes_on_where_the_last_one_was_killed(morning: Site) -> None:
    """The rest of two audiences, all of a third when its time comes, letters.

    And nobody of what is paused or held.
    """
    assert reached(morning, "Fog signals") == {*ALL, "olga@example.org"}
    assert reached(morning, "Night ferry") == reached(morning, "Low water") == ALL
    assert asked(morning) == {"pia@example.com": 1, "sid@example.net": 1}
    assert not {"Lamp oil", "From the attic", "Tide table 1", "Breakwater"} & {
        got.subject for got in morning.got()
    }


def asked(site: Site) -> Counter[str]:
    """Count who was asked to confirm by today's program."""
    return Counter(got.to for got in site.got() if got.subject.startswith("Please confirm"))


def own(messages: list[Got], subject: str) -> dict[str, Got]:
    """Give the messages of an issue by reader."""
    return {got.to: got for got in messages if got.subject == subject}


def test_frozen_words_carry_each_readers_own_links(morning: Site) -> None:
    """The text was composed by 0.1.0, with its places for links.

    What is put there is each reader's own, and it works.
    """
    messages = own(morning.got(), "Night ferry")
    for page in ("unsubscribe", "preferences"):
        links = [got.links[page] for got in messages.values()]
        assert len(set(links)) == len(links)
        assert {morning.web.get(link).status_code for link in links} == {200}
    assert not [got.to for got in messages.values() if b".invalid" in got.data]
    una = messages["una@example.net"]
    assert una.links["unsubscribe"].encode() in una.data.partition(b"\r\n\r\n")[0]
    assert (
        morning.web.post(
            una.links["unsubscribe"], data={"List-Unsubscribe": "One-Click"}
        ).status_code
        == 200
    )
    assert morning.person("una@example.net")["state"] == "unsubscribed"


def test_links_in_messages_of_that_version_work(morning: Site) -> None:
    """Preferences, unsubscribe and confirm, each for its own reader only.

    One that was changed is good for nothing.
    """
    messages = own(morning.before, "Ropes and knots")
    ben, defne = messages["ben@example.net"], messages["defne@example.net"]
    assert (
        morning.web.post(
            ben.links["preferences"], data={"cadence": "monthly", "name": "Ben the baker"}
        ).status_code
        == 200
    )
    assert (
        morning.person("ben@example.net")["cadence"],
        morning.person("ben@example.net")["name"],
    ) == ("monthly", "Ben the baker")
    assert (
        morning.web.post(
            defne.links["unsubscribe"], data={"List-Unsubscribe": "One-Click"}
        ).status_code
        == 200
    )
    assert morning.person("defne@example.net")["state"] == "unsubscribed"
    (pet,) = [got for got in morning.before if got.to == "pet@example.net"]
    assert morning.web.post(pet.links["confirm"]).status_code == 200
    assert morning.person("pet@example.net")["state"] == "active"
    forged = ben.links["unsubscribe"][:-1] + ("A" if ben.links["unsubscribe"][-1] != "A" else "Q")
    assert morning.web.post(forged).status_code == 404
    assert morning.person("ben@example.net")["state"] == "active"


LOG = (
    "Mar  6 09:31:02 mx postfix/cleanup[7]: 4ABC0D1: message-id={}\nMar  6 09:31:02 mx"
    " postfix/qmgr[8]: 4ABC0D1: from=<mira@harbour.example.org>, size=900, nrcpt=1 (queue active)\n"
)


@pytest.mark.parametrize(
    ("policy", "logged", "copies"),
    [("resend", False, 1), ("hold", False, 0), ("reconcile", True, 0), ("reconcile", False, 1)],
)
def test_what_was_in_a_dead_process_hands_is_settled_as_configured(
    site: Site, policy: str, copies: int, *, logged: bool
) -> None:
    """Sent again, left for a person, or looked up in the relay's log.

    Everybody else gets it once whatever is configured.
    """
    (row,) = site.json("deliveries", "list", "--state", "sending")["deliveries"]
    assert row["address"] == "sena@example.org"
    log = site.folder / "mail.log"
    log.write_text(LOG.format(row["message_id"]) if logged else "")
    settings = {"PUBLISHER_DELIVERY__ON_UNCERTAIN": policy, "PUBLISHER_DELIVERY__LOG": str(log)}
    site.run("run", "--once", status=1, **settings)
    site.at("2026-03-06T09:58").run("run", "--once", status=1, **settings)
    again = [
        got.message_id
        for got in own(site.got(), "Fog signals").values()
        if got.to == "sena@example.org"
    ]
    assert again == [row["message_id"]] * copies
    assert reached(site, "Fog signals") == {*ALL, "olga@example.org"} - (
        {"sena@example.org"} if not copies else set()
    )
    state = site.json("deliveries", "show", row["id"])["state"]
    assert state == ("unknown" if policy == "hold" else "sent")


@pytest.fixture(scope="module", params=KINDS)
def desk(
    request: pytest.FixtureRequest, shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site whose operator settles all that waits for a person, and whose cron job then sends it.

    Twice, as cron does.
    """
    with taken_out(shelf, request.param, tmp_path_factory.mktemp("desk") / "site") as site:
        site.at("2026-03-06T09:43")
        site.run("issues", "release", site.issue("From the attic")["id"])
        site.run("issues", "release", "--reason", "bulk")
        site.run("issues", "resume", site.issue("Lamp oil")["id"])
        (doubtful,) = site.json("deliveries", "list", "--state", "unknown")["deliveries"]
        site.run("deliveries", "resolve", doubtful["id"], "--as", "resend")
        for _ in range(2):
            site.run("run", "--once", status=1)
        yield site


def test_what_was_left_for_a_person_can_be_settled(desk: Site) -> None:
    """A message in doubt goes once more when somebody says so, and as the same message."""
    (got,) = [got for got in desk.got() if got.subject == "Ropes and knots"]
    row = desk.json(
        "deliveries",
        "list",
        "--address",
        "una@example.net",
        "--issue",
        desk.issue("Ropes and knots")["id"],
    )["deliveries"][0]
    assert (got.to, got.message_id, row["state"]) == ("una@example.net", row["message_id"], "sent")


def test_held_issues_are_released_to_exactly_their_audience(desk: Site) -> None:
    """One that 0.1.0 composed, and those it only recorded; what nobody released is held."""
    assert reached(desk, "From the attic") == {*ALL, "olga@example.org"}
    for number in range(1, 7):
        assert reached(desk, f"Tide table {number}") == ALL
    assert not reached(desk, "Breakwater") | reached(desk, "First light")


def test_the_paused_issue_is_resumed_for_the_rest(desk: Site) -> None:
    """One had been put off, two had not been tried; who has left since had it before."""
    had = {got.to.lower() for got in desk.before if got.subject == "Lamp oil"}
    assert ALL - had == {"ada@example.com", "defne@example.net", "paul@example.net"}
    assert reached(desk, "Lamp oil") == {*ALL, "ulla@example.com"}


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
