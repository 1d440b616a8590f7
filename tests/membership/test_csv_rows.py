"""Lists as other services export them.

Who comes in, who stays away, and what is told of the rest.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.database.database import Database
from publisher.membership.csv_columns import recognise
from publisher.membership.importer import Importer
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore
from publisher.subscribers.tokens import Key, Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.membership.importer import ImportReport


NOW = datetime(2026, 3, 2, tzinfo=UTC)
RING = Keyring((Key.of(b"k" * 32),))

MAILCHIMP = """Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,\
CONFIRM_IP,LEID,EUID,TIMEZONE,TAGS
ada@example.org,Ada,L,2,2020-01-01 10:00:00,1.2.3.4,2020-01-01 10:05:00,1.2.3.4,1,e1,Europe/Paris,\
"""
MAILCHIMP_GONE = """Email Address,First Name,MEMBER_RATING,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,\
LEID,EUID
gone@example.org,G,2,2020-01-01 10:05:00,2021-01-01 10:00:00,OTHER,1,e1"""
MAILCHIMP_CLEANED = (
    "Email Address,MEMBER_RATING,CLEAN_TIME,LEID,EUID\nhard@example.org,2,2021-01-01 10:00:00,1,e1"
)
SUBSTACK = """email,active_subscription,expiry,plan,email_disabled,created_at,stripe_customer_id
ada@example.org,true,,free,false,2022-02-02T00:00:00Z,
off@example.org,false,,free,true,2022-02-02T00:00:00Z,"""
GHOST = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,\
created_at,deleted_at,labels,tiers
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

# As they are today: what each service writes, with rows of ours.
SUBSTACK_NOW = """email,active_subscription,expiry,plan,email_disabled,prefer_digests,created_at,\
first_payment_at
free@example.org,false,,other,false,false,2023-02-01T10:00:00.000Z,
paid@example.org,true,2027-01-01T00:00:00.000Z,yearly,false,false,2023-02-01T10:00:00.000Z,\
2023-02-02T10:00:00.000Z
gone@example.org,true,2027-01-01T00:00:00.000Z,yearly,true,false,2023-02-01T10:00:00.000Z,\
2023-02-02T10:00:00.000Z
4f1@deletion-request.substack.com,false,,other,false,false,2023-02-01T10:00:00.000Z,"""
SUBSTACK_BARE = """email,active_subscription,created_at
free@example.org,false,2023-02-01T10:00:00.000Z"""
SUBSTACK_DASHBOARD = """Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,\
Type,Subscription source (free)
free@example.org,Fay,,,2023-02-01,,2,Free,import
ended@example.org,Eno,monthly,2024-01-01,2023-02-01,2023-03-01,1,Expired,import"""
MAILCHIMP_ABROAD = """Deine E-Mail Adresse,Vorname,State,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,\
CONFIRM_TIME,CONFIRM_IP,LEID,EUID,NOTES,TAGS
ada@example.org,Ada,Inactive,2,2020-01-01 10:00:00,192.0.2.1,2020-01-01 10:05:00,192.0.2.1,1,e1,,"""
MAILCHIMP_NO_TIME = """Email Address,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON,LEID,EUID
gone@example.org,2020-01-01 10:05:00,,,1,e1"""
GHOST_NOW = """id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,\
created_at,deleted_at,labels,tiers,gift_id
1,ada@example.org,Ada,bounced,true,false,,2022-02-02T00:00:00.000Z,,cancelled,,
2,off@example.org,Off,,false,true,cus_1,2022-02-02T00:00:00.000Z,,,Gold,"""
BUTTONDOWN_NOW = """id,secondary_id,email,notes,subscriber_type,creation_date,ip_address,\
subscription_date,unsubscription_date,tags,metadata
a,1,ada@example.org,,regular,2022-02-02,,2022-02-02,,a;b,{}
b,2,held@example.org,,paused,2022-02-02,,2022-02-02,,,{}
c,3,late@example.org,,past_due,2022-02-02,,2022-02-02,,,"{'state': 'unsubscribed'}"
d,4,wait@example.org,,unactivated,2022-02-02,,,,,{}
e,5,off@example.org,,unsubscribed,2022-02-02,,2022-02-02,2023-01-01,,{}
f,6,shown@example.org,,removed,2022-02-02,,2022-02-02,,,{}"""
BEEHIIV_NOW = """email,First Name,Last Name,status,tier,created_at,stripe_customer_id,Free Tier,\
Premium Tier,unsubscribed_at
ada@example.org,Ada,L,active,free,2023-03-24 10:23:10 UTC,,Yes,No,
off@example.org,Off,,inactive,premium,2023-03-24 10:23:10 UTC,,No,Yes,
left@example.org,Le,,active,premium,2023-03-24 10:23:10 UTC,cus_2,No,Yes,2024-03-13 11:33:53 UTC
wait@example.org,Wa,,pending,free,2023-03-24 10:23:10 UTC,,Yes,No,"""
KIT_NOW = """first_name,email,created_at,status
Ada,ada@example.org,2022-02-02,active
Off,off@example.org,2022-02-02,cancelled
Hard,hard@example.org,2022-02-02,bounced
Spam,spam@example.org,2022-02-02,complained
Wait,wait@example.org,2022-02-02,inactive"""
MAILERLITE_NOW = """Email,Name,State,Sent,Opened,Clicked,Status,Subscribed
ada@example.org,Ada,Ohio,3,1,0,active,2022-02-02 10:00:00
off@example.org,Off,Texas,3,1,0,unsubscribed,2022-02-02 10:00:00
wait@example.org,Wait,Texas,3,1,0,unconfirmed,2022-02-02 10:00:00
hard@example.org,Hard,Texas,3,1,0,bounced,2022-02-02 10:00:00
spam@example.org,Spam,Texas,3,1,0,junk,2022-02-02 10:00:00"""
MAILPOET = """Email,First name,Last name,Subscription IP,Subscription time,Confirmation time,\
Confirmation IP,List status,Global status,List
ada@example.org,Ada,L,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
subscribed,News
off@example.org,Off,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,unsubscribed,\
subscribed,News
off@example.org,Off,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
subscribed,Other
gone@example.org,Gone,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
unsubscribed,News
hush@example.org,Hush,,192.0.2.1,2022-02-02 10:00:00,2022-02-02 10:01:00,192.0.2.1,subscribed,\
inactive,News"""
A, U, B, C = (
    SubscriberState.ACTIVE,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.BOUNCED,
    SubscriberState.COMPLAINED,
)

EXPORTS = [
    ("Mailchimp", MAILCHIMP, {"ada@example.org": SubscriberState.ACTIVE}, ""),
    ("Mailchimp", MAILCHIMP_GONE, {"gone@example.org": SubscriberState.UNSUBSCRIBED}, ""),
    ("Mailchimp", MAILCHIMP_CLEANED, {"hard@example.org": SubscriberState.BOUNCED}, ""),
    (
        "Substack",
        SUBSTACK,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Ghost",
        GHOST,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Buttondown",
        BUTTONDOWN,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
    (
        "Kit",
        KIT,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
            "spam@example.org": SubscriberState.COMPLAINED,
        },
        "",
    ),
    (
        "beehiiv",
        BEEHIIV,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "",
    ),
    ("MailerLite", MAILERLITE, {"ada@example.org": SubscriberState.ACTIVE}, ""),
    (
        "listmonk",
        LISTMONK,
        {
            "ada@example.org": SubscriberState.ACTIVE,
            "off@example.org": SubscriberState.UNSUBSCRIBED,
        },
        "asked for it there",
    ),
]

TODAY = [
    ("Substack", SUBSTACK_NOW, {"free": A, "paid": A, "gone": U}),
    ("Substack", SUBSTACK_BARE, {"free": A}),
    ("Substack dashboard", SUBSTACK_DASHBOARD, {"free": A, "ended": A}),
    ("Mailchimp", MAILCHIMP_ABROAD, {"ada": A}),
    ("Mailchimp", MAILCHIMP_NO_TIME, {"gone": U}),
    ("Ghost", GHOST_NOW, {"ada": A, "off": U}),
    ("Buttondown", BUTTONDOWN_NOW, {"ada": A, "held": A, "late": A, "off": U, "shown": U}),
    ("beehiiv", BEEHIIV_NOW, {"ada": A, "off": U, "left": U}),
    ("Kit", KIT_NOW, {"ada": A, "off": U, "hard": B, "spam": C}),
    ("MailerLite", MAILERLITE_NOW, {"ada": A, "off": U, "hard": B, "spam": C}),
    ("MailPoet", MAILPOET, {"ada": A, "off": U, "gone": U}),
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
        importer = Importer(
            self.state,
            RING,
            layout,
            consent,
            "list.csv",
            lambda *row: self.refused.append(row),
            dry_run=dry_run,
        )
        return importer.run(((rows.line_num, cells) for cells in rows), NOW)

    def states(self) -> dict[str, SubscriberState]:
        """Give everybody's state."""
        with self.state.reading() as transaction:
            return {
                person.address: person.state
                for person in SubscriberStore(transaction).all_subscribers()
            }


@pytest.fixture(params=["sqlite", "postgresql"])
def imported(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Imported]:
    """An empty list, on each database."""
    made = Imported(
        tmp_path / "state",
        request.getfixturevalue("postgres_url") if request.param == "postgresql" else "",
    )
    yield made
    made.state.close()


@pytest.mark.parametrize(
    ("service", "text", "wanted", "consent"),
    EXPORTS,
    ids=[f"{e[0]}-{n}" for n, e in enumerate(EXPORTS)],
)
def test_an_export_is_recognised_and_understood(
    tmp_path: Path, service: str, text: str, wanted: dict[str, SubscriberState], consent: str
) -> None:
    """Columns by their names, states by each service's words; who left there stays away here."""
    layout = recognise(
        next(csv.reader(io.StringIO(text), delimiter=";" if service == "MailerLite" else ","))
    )
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


@pytest.mark.parametrize(
    ("service", "text", "wanted"), TODAY, ids=[f"{one[0]}-{n}" for n, one in enumerate(TODAY)]
)
def test_who_left_is_read_as_each_service_means_it(
    tmp_path: Path, service: str, text: str, wanted: dict[str, SubscriberState]
) -> None:
    """A payment, a plan, a note, a label or an address is no leaving; nobody who left comes in."""
    made = Imported(tmp_path / "state", "")
    layout = recognise(next(csv.reader(io.StringIO(text))))
    assert layout is not None
    assert layout.service == service
    made.bring(text, consent="asked for it there")
    assert made.states() == {f"{name}@example.org": state for name, state in wanted.items()}
    made.state.close()


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("email,active", "no", "'active' says 'no', which may or may not mean that they left"),
        ("email,status", "inactive", "'status' says 'inactive', which may or may not"),
        ("email,status", "Cancelled", "'status' says 'Cancelled', which may or may not"),
        ("email,cancelled_at", "2023-01-01", "'cancelled_at' says '2023-01-01'"),
        ("email,unsubscribed", "perhaps", "'unsubscribed' says 'perhaps'"),
        (
            "email,Globaler Zustand",
            "Unsubscribed",
            "the column 'Globaler Zustand' says 'Unsubscribed'",
        ),
        ("email,mailing", "bounced", "the column 'mailing' says 'bounced'"),
    ],
)
def test_what_may_mean_that_somebody_left_is_told_and_nobody_is_put_away(
    imported: Imported, header: str, cells: str, said: str
) -> None:
    """In a list of no known service.

    Neither mailed nor kept away by guess, and a row that says nothing of it comes in.
    """
    report = imported.bring(f"{header}\na@example.org,{cells}\nb@example.org,\n", consent="yes")
    assert imported.states() == {"b@example.org": SubscriberState.ACTIVE}
    assert (report.refused, imported.refused[0][0]) == (1, 2)
    assert said in imported.refused[0][2]


@pytest.mark.parametrize(
    ("header", "cells", "state"),
    [
        ("email,unsubscribed", "2023-01-01", SubscriberState.UNSUBSCRIBED),
        ("email,unsubscribed", "TRUE", SubscriberState.UNSUBSCRIBED),
        ("email,subscribed", "no", SubscriberState.UNSUBSCRIBED),
        ("email,subscribed", "2023-01-01", SubscriberState.ACTIVE),
        ("email,subscribed", "yes", SubscriberState.ACTIVE),
        ("email,Status", "opted-out", SubscriberState.UNSUBSCRIBED),
        ("email,state", "unsubscribed", SubscriberState.UNSUBSCRIBED),
        ("email,City,State", "Reno,Nevada", SubscriberState.ACTIVE),
        ("email,active", "yes", SubscriberState.ACTIVE),
        ("email,note", "asked about our cancelled event", SubscriberState.ACTIVE),
    ],
)
def test_what_says_plainly_who_left_is_believed(
    imported: Imported, header: str, cells: str, state: SubscriberState
) -> None:
    """Also in a list of no known service."""
    imported.bring(f"{header}\na@example.org,{cells}\n", consent="yes")
    assert imported.states() == {"a@example.org": state}


def _listed_by_0_1_0(
    imported: Imported, address: str, *later: Event, suppressed: bool = False
) -> None:
    """Put somebody away as version 0.1.0 did, with what happened afterwards."""
    said = Event(
        NOW, "import", SubscriberState.UNSUBSCRIBED, "import of old.csv", "", "unsubscribed there"
    )
    person = Subscriber(address, address, SubscriberState.UNSUBSCRIBED, NOW, suppressed=suppressed)
    with imported.state.transaction() as transaction:
        person = SubscriberStore(transaction).add_subscriber(person, said)
        for event in later:
            SubscriberStore(transaction).update_subscriber(
                replace(person, state=event.state), event
            )


def test_who_was_taken_for_gone_comes_back_by_a_new_import(imported: Imported) -> None:
    """Version 0.1.0 took Substack's readers who do not pay for unsubscribed.

    A new import of that list mends it, once.
    """
    for name in ("free", "paid", "gone"):
        _listed_by_0_1_0(imported, f"{name}@example.org")
    report = imported.bring(SUBSTACK_NOW, consent="asked for it there")
    assert imported.states() == {
        "free@example.org": A,
        "paid@example.org": A,
        "gone@example.org": U,
    }
    assert (report.brought_back, report.added) == (2, 0)
    with imported.state.reading() as transaction:
        person = SubscriberStore(transaction).subscriber(folded="free@example.org")
        assert person is not None
        assert (person.activated, SubscriberStore(transaction).events(person.key)[-1].wording) == (
            NOW,
            "asked for it there",
        )
    assert imported.bring(SUBSTACK_NOW, consent="asked for it there").brought_back == 0
    imported.bring(
        SUBSTACK_NOW.replace(
            "free@example.org,false,,other,false", "free@example.org,false,,other,true"
        ),
        consent="yes",
    )
    assert imported.bring(SUBSTACK_NOW, consent="yes").brought_back == 0, (
        "an older file brings nobody back who left in a newer one"
    )
    assert imported.states()["free@example.org"] is U


LATER = [
    Event(NOW, "unsubscribe", SubscriberState.UNSUBSCRIBED, "web form"),
    Event(NOW, "suppress", SubscriberState.UNSUBSCRIBED, "command line"),
    Event(NOW, "complain", SubscriberState.COMPLAINED, "mail client"),
    Event(NOW, "bounce", SubscriberState.BOUNCED, "relay"),
    Event(NOW, "some later step", SubscriberState.UNSUBSCRIBED, "web form"),
]


@pytest.mark.parametrize("later", LATER, ids=[event.what for event in LATER])
def test_nobody_who_left_or_complained_here_is_brought_back_by_a_file(
    imported: Imported, later: Event
) -> None:
    """Their own click counts for more than what a file says of them, whoever misread one before."""
    _listed_by_0_1_0(imported, "free@example.org", later)
    assert imported.bring(SUBSTACK_NOW, consent="yes").brought_back == 0
    assert imported.states()["free@example.org"] is later.state


def test_a_file_of_another_kind_brings_nobody_back(imported: Imported) -> None:
    """Only the service that was misread, and only where it says itself that they did not leave."""
    for name in ("ada", "free", "hard"):
        _listed_by_0_1_0(imported, f"{name}@example.org", suppressed=name == "hard")
    imported.bring(KIT_NOW, consent="yes")
    imported.bring(SUBSTACK_BARE, consent="yes")
    imported.bring("email,email_disabled\nhard@example.org,false\n", consent="yes")
    assert imported.states() == {
        f"{name}@example.org": U for name in ("ada", "free", "hard", "off")
    } | {"spam@example.org": C}


def test_consent_is_kept_with_each_person(imported: Imported) -> None:
    """What the file proves, else what the operator said; and when this program made them active."""
    imported.bring(MAILCHIMP)
    imported.bring("email\nbob@example.org\n", consent="signed a paper list in May")
    with imported.state.reading() as transaction:
        words = {
            person.address: (
                SubscriberStore(transaction).events(person.key)[0].wording,
                person.activated,
            )
            for person in SubscriberStore(transaction).all_subscribers()
        }
        zones = [
            person.preferences.zone for person in SubscriberStore(transaction).all_subscribers()
        ]
    assert words == {
        "ada@example.org": ("confirmed 2020-01-01 10:05:00 from 1.2.3.4", NOW),
        "bob@example.org": ("signed a paper list in May", NOW),
    }
    assert zones == ["Europe/Paris", ""]


def test_who_is_away_stays_away_however_often_a_list_is_imported(imported: Imported) -> None:
    """Unsubscribed there, unsubscribed here, suppressed, forgotten."""
    imported.bring(KIT)
    again = (
        KIT.replace("Cancelled", "Confirmed")
        .replace("2023-01-01", "")
        .replace("complained", "Confirmed")
    )
    imported.bring(again)
    assert imported.states() == {
        "ada@example.org": SubscriberState.ACTIVE,
        "off@example.org": SubscriberState.UNSUBSCRIBED,
        "spam@example.org": SubscriberState.COMPLAINED,
    }
    with imported.state.transaction() as transaction:
        SubscriberStore(transaction).forget(RING.fingerprint("new@example.org"), NOW)
    imported.bring("email\nnew@example.org\n", consent="yes")
    assert "new@example.org" not in imported.states()
    assert imported.refused[-1] == (2, "new@example.org", "this person asked to be forgotten")


def test_a_later_list_of_who_left_takes_them_off(imported: Imported) -> None:
    """Services export who is on and who left in two files; the order does not matter."""
    imported.bring(MAILCHIMP.replace("ada@", "gone@"))
    assert imported.states() == {"gone@example.org": SubscriberState.ACTIVE}
    imported.bring(MAILCHIMP_GONE)
    assert imported.states() == {"gone@example.org": SubscriberState.UNSUBSCRIBED}


def test_doubles_are_merged_and_the_worse_state_wins(imported: Imported) -> None:
    """In one file, and with what is on the list already."""
    text = (
        "email,status\na@example.org,active\na@EXAMPLE.org,unsubscribed\n"
        "b@example.org,active\nb@example.org,active\n"
    )
    report = imported.bring(text, consent="yes")
    assert (report.added, report.kept_away, report.merged) == (1, 1, 2)
    assert imported.states() == {
        "a@example.org": SubscriberState.UNSUBSCRIBED,
        "b@example.org": SubscriberState.ACTIVE,
    }
    assert imported.bring(text, consent="yes").added == 0


def test_bad_rows_are_told_by_line_and_the_others_come_in(imported: Imported) -> None:
    """An address that is none, a state nobody knows, somebody never confirmed, an empty line."""
    text = (
        "email,status,name\nno"
        ' address,active,A\n\nb@example.org,strange,B\n"c@example.org",pending,"two\nlines"\n'
        "d@example.org,active,D\n,active,E\n"
    )
    report = imported.bring(text, consent="yes")
    assert imported.states() == {"d@example.org": SubscriberState.ACTIVE}
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
