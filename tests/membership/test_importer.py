"""Who comes in by a list, who stays away, and what is told of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore
from tests.membership.exports import (
    KIT,
    KIT_NOW,
    MAILCHIMP,
    MAILCHIMP_GONE,
    SUBSTACK_BARE,
    SUBSTACK_NOW,
    A,
    C,
    U,
)
from tests.membership.imported import NOW, RING, Imported


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
