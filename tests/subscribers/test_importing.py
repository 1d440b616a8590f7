"""Lists as other services export them: who comes in, who stays away, and what is told of the rest."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.pipeline.importing import Importer
from publisher.storage import State as Database
from publisher.subscribers import Key, Keyring, State
from publisher.subscribers.columns import recognise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.pipeline.importing import ImportReport

NOW = datetime(2026, 3, 2, tzinfo=UTC)
RING = Keyring((Key.of(b"k" * 32),))

MAILCHIMP = """Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LEID,EUID,TIMEZONE,TAGS
ada@example.org,Ada,L,2,2020-01-01 10:00:00,1.2.3.4,2020-01-01 10:05:00,1.2.3.4,1,e1,Europe/Paris,"""
MAILCHIMP_GONE = """Email Address,First Name,MEMBER_RATING,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID
gone@example.org,G,2,2020-01-01 10:05:00,2021-01-01 10:00:00,OTHER,1,e1"""
MAILCHIMP_CLEANED = "Email Address,MEMBER_RATING,CLEAN_TIME,LEID,EUID\nhard@example.org,2,2021-01-01 10:00:00,1,e1"
SUBSTACK = """email,active_subscription,expiry,plan,email_disabled,created_at,stripe_customer_id
ada@example.org,true,,free,false,2022-02-02T00:00:00Z,
off@example.org,false,,free,true,2022-02-02T00:00:00Z,"""
GHOST = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers
1,ada@example.org,Ada,,true,false,,2022-02-02T00:00:00.000Z,,vip,
2,off@example.org,Off,,false,false,,2022-02-02T00:00:00.000Z,,,"""
BUTTONDOWN = """email_address,notes,tags,referrer_url,creation_date,type,unsubscription_date
ada@example.org,,,,2022-02-02,regular,
wait@example.org,,,,2022-02-02,unactivated,
off@example.org,,,,2022-02-02,unsubscribed,2023-01-01"""
KIT = """subscriber_id,first_name,email,state,created_at,cancelled_at
1,Ada,ada@example.org,Confirmed,2022-02-02,
2,Off,off@example.org,Cancelled,2022-02-02,2023-01-01
3,Sp,spam@example.org,complained,2022-02-02,"""
BEEHIIV = """email,status,created_at,subscribed_at,unsubscribed_at,utm_source,referral_code
ada@example.org,active,2022-02-02,2022-02-02,,,x
off@example.org,inactive,2022-02-02,2022-02-02,2023-01-01,,x"""
MAILERLITE = """Subscriber;Sent;Opens;Clicks;Subscribed;Location;Name
ada@example.org;3;1;0;2022-02-02 10:00:00;SE;Ada"""
LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
u1,ada@example.org,Ada,{},enabled,2022-02-02,2022-02-02
u2,off@example.org,Off,{},blocklisted,2022-02-02,2022-02-02"""

EXPORTS = [
    ("Mailchimp", MAILCHIMP, {"ada@example.org": State.ACTIVE}, ""),
    ("Mailchimp", MAILCHIMP_GONE, {"gone@example.org": State.UNSUBSCRIBED}, ""),
    ("Mailchimp", MAILCHIMP_CLEANED, {"hard@example.org": State.BOUNCED}, ""),
    ("Substack", SUBSTACK, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED}, "asked for it there"),
    ("Ghost", GHOST, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED}, "asked for it there"),
    ("Buttondown", BUTTONDOWN, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED}, "asked for it there"),
    ("Kit", KIT, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED, "spam@example.org": State.COMPLAINED}, ""),
    ("beehiiv", BEEHIIV, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED}, ""),
    ("MailerLite", MAILERLITE, {"ada@example.org": State.ACTIVE}, ""),
    ("listmonk", LISTMONK, {"ada@example.org": State.ACTIVE, "off@example.org": State.UNSUBSCRIBED}, "asked for it there"),
]


class Imported:
    """A database into which lists are brought."""

    def __init__(self, folder: Path, url: str) -> None:
        self.state = Database.open(folder, url)
        self.refused: list[tuple[int, str, str]] = []

    def bring(self, text: str, *, consent: str = "", dry_run: bool = False) -> ImportReport:
        """Bring a file in."""
        rows = csv.reader(io.StringIO(text), delimiter=max(",;", key=text.split("\n", 1)[0].count))
        layout = recognise(next(rows))
        assert layout is not None
        importer = Importer(self.state, RING, layout, consent, "list.csv", lambda *row: self.refused.append(row), dry_run=dry_run)
        return importer.run(((rows.line_num, cells) for cells in rows), NOW)

    def states(self) -> dict[str, State]:
        """Give everybody's state."""
        with self.state.reading() as tables:
            return {person.address: person.state for person in tables.all_subscribers()}


@pytest.fixture(params=["sqlite", "postgresql"])
def imported(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Imported]:
    """An empty list, on each database."""
    made = Imported(tmp_path / "state", request.getfixturevalue("postgres_url") if request.param == "postgresql" else "")
    yield made
    made.state.close()


@pytest.mark.parametrize(("service", "text", "wanted", "consent"), EXPORTS, ids=[f"{e[0]}-{n}" for n, e in enumerate(EXPORTS)])
def test_an_export_is_recognised_and_understood(tmp_path: Path, service: str, text: str, wanted: dict[str, State], consent: str) -> None:
    """Columns by their names, states by each service's words; who left there stays away here."""
    layout = recognise(next(csv.reader(io.StringIO(text), delimiter=";" if service == "MailerLite" else ",")))
    assert layout is not None
    assert layout.service == service
    made = Imported(tmp_path / "state", "")
    if consent:
        without = made.bring(text)
        assert (without.added, without.without_consent) == (0, 1), "the file proves no consent"
        made.state.close()
        made = Imported(tmp_path / "again", "")
    made.bring(text, consent=consent)
    assert made.states() == wanted
    made.state.close()


def test_consent_is_kept_with_each_person(imported: Imported) -> None:
    """What the file proves, else what the operator said; and when this program made them active."""
    imported.bring(MAILCHIMP)
    imported.bring("email\nbob@example.org\n", consent="signed a paper list in May")
    with imported.state.reading() as tables:
        words = {person.address: (tables.events(person.key)[0].wording, person.activated) for person in tables.all_subscribers()}
        zones = [person.preferences.zone for person in tables.all_subscribers()]
    assert words == {
        "ada@example.org": ("confirmed 2020-01-01 10:05:00 from 1.2.3.4", NOW),
        "bob@example.org": ("signed a paper list in May", NOW),
    }
    assert zones == ["Europe/Paris", ""]


def test_who_is_away_stays_away_however_often_a_list_is_imported(imported: Imported) -> None:
    """Unsubscribed there, unsubscribed here, suppressed, forgotten."""
    imported.bring(KIT)
    again = KIT.replace("Cancelled", "Confirmed").replace("2023-01-01", "").replace("complained", "Confirmed")
    imported.bring(again)
    assert imported.states() == {
        "ada@example.org": State.ACTIVE,
        "off@example.org": State.UNSUBSCRIBED,
        "spam@example.org": State.COMPLAINED,
    }
    with imported.state.transaction() as tables:
        tables.forget(RING.fingerprint("new@example.org"), NOW)
    imported.bring("email\nnew@example.org\n", consent="yes")
    assert "new@example.org" not in imported.states()
    assert imported.refused[-1] == (2, "new@example.org", "this person asked to be forgotten")


def test_a_later_list_of_who_left_takes_them_off(imported: Imported) -> None:
    """Services export who is on and who left in two files; the order does not matter."""
    imported.bring(MAILCHIMP.replace("ada@", "gone@"))
    assert imported.states() == {"gone@example.org": State.ACTIVE}
    imported.bring(MAILCHIMP_GONE)
    assert imported.states() == {"gone@example.org": State.UNSUBSCRIBED}


def test_doubles_are_merged_and_the_worse_state_wins(imported: Imported) -> None:
    """In one file, and with what is on the list already."""
    text = "email,status\na@example.org,active\na@EXAMPLE.org,unsubscribed\nb@example.org,active\nb@example.org,active\n"
    report = imported.bring(text, consent="yes")
    assert (report.added, report.kept_away, report.merged) == (1, 1, 2)
    assert imported.states() == {"a@example.org": State.UNSUBSCRIBED, "b@example.org": State.ACTIVE}
    assert imported.bring(text, consent="yes").added == 0


def test_bad_rows_are_told_by_line_and_the_others_come_in(imported: Imported) -> None:
    """An address that is none, a state nobody knows, somebody never confirmed, an empty line."""
    text = (
        'email,status,name\nno address,active,A\n\nb@example.org,strange,B\n"c@example.org",pending,"two\nlines"\n'
        "d@example.org,active,D\n,active,E\n"
    )
    report = imported.bring(text, consent="yes")
    assert imported.states() == {"d@example.org": State.ACTIVE}
    assert report.refused == 4
    assert [(line, address) for line, address, _ in imported.refused] == [
        (2, "no address"),
        (4, "b@example.org"),
        (6, "c@example.org"),
        (8, ""),
    ]


def test_a_dry_run_counts_and_writes_nothing(imported: Imported) -> None:
    """The same figures as the run that follows."""
    dry = imported.bring(KIT, dry_run=True)
    assert imported.states() == {}
    assert imported.bring(KIT) == dry


def test_a_list_of_nobody_is_not_recognised() -> None:
    """Without a column of addresses there is nothing to do."""
    assert recognise(["name", "phone"]) is None
    assert recognise([]) is None
    assert json.dumps(recognise(["\ufeffE-Mail"]) is not None) == "true"
