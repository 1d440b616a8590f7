"""A daemon of today goes on where that of version 0.1.0 was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kept.conftest import KINDS
from tests.kept.kept_site import taken_out
from tests.kept.readers import ALL, asked, own, reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kept.kept_site import Site
    from tests.kept.shelf import Shelf


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
