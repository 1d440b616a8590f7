"""Subscribe, confirm, choose, leave: over real HTTP, with the mails that follow."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.membership.steps import CONFIRM_WITHIN, RequestOrigin
from publisher.subscribers.models import Cadence, SubscriberState
from publisher.subscribers.tokens import Purpose
from tests.web.served import Served

if TYPE_CHECKING:
    from pathlib import Path


ADA = "ada@example.org"


def test_the_whole_way_from_the_form_to_leaving(served_on_both: Served) -> None:
    """Form, confirm mail, page, click, welcome mail, weekly instead, leave, goodbye mail.

    Every change has its proof.
    """
    served = served_on_both
    answer = served.subscribe(ADA, name="Ada", cadence="every post", tags="ships, tea")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "https://news.example.org/check-your-inbox",
    )
    (letter,) = served.letters()
    assert letter["Subject"] == "Please confirm: A site"
    person = served.person(ADA)
    assert person is not None
    assert (person.state, person.preferences.wanted, person.activated) == (
        SubscriberState.PENDING,
        ("ships", "tea"),
        None,
    )

    link = served.link(letter, "confirm")
    page = served.client.get(link)
    assert page.status_code == 200
    assert served.person(ADA) == person, "looking changes nothing"
    served.later(minutes=1)
    assert "You are in" in served.client.post(link).text
    served.mail_thread.work()
    welcome = served.letters()[-1]
    assert welcome["Subject"] == "Welcome to A site"
    active = served.person(ADA)
    assert active is not None
    assert (active.state, active.activated) == (SubscriberState.ACTIVE, served.now)

    preferences = served.link(welcome, "preferences")
    assert 'value="ships, tea"' in served.client.get(preferences).text
    chosen = {
        "cadence": "weekly",
        "wanted": "tea",
        "unwanted": "war",
        "zone": "Asia/Tokyo",
        "language": "ja",
        "name": "A. L.",
    }
    assert "Saved." in served.client.post(preferences, data=chosen).text
    changed = served.person(ADA)
    assert changed is not None
    assert changed.preferences.cadence is Cadence.WEEKLY
    assert (changed.preferences.zone, changed.preferences.unwanted, changed.preferences.name) == (
        "Asia/Tokyo",
        ("war",),
        "A. L.",
    )

    token = served.membership.keyring.sign(Purpose.UNSUBSCRIBE, changed.public, served.now)
    assert "Leave the list" in served.client.get(f"/unsubscribe/{token}").text
    assert "You have left" in served.client.post(f"/unsubscribe/{token}").text
    served.mail_thread.work()
    assert served.letters()[-1]["Subject"] == "You have left A site"
    gone = served.person(ADA)
    assert gone is not None
    assert gone.state is SubscriberState.UNSUBSCRIBED

    story = [(event.what, event.state, event.source) for event in served.history(ADA)]
    assert story == [
        ("subscribe", SubscriberState.PENDING, "web form"),
        ("confirm", SubscriberState.ACTIVE, "web form"),
        ("preferences", SubscriberState.ACTIVE, "web form"),
        ("unsubscribe", SubscriberState.UNSUBSCRIBED, "web form"),
    ]
    assert {event.network for event in served.history(ADA)} == {"127.0.0.1"}
    assert served.history(ADA)[1].wording == served.config.subscribers.consent


def test_letters_are_marked_as_written_by_a_program_and_hold_no_users_words(served: Served) -> None:
    """RFC 3834; no one-click header.

    The name somebody typed for another's address is not mailed to it.
    """
    served.subscribe(ADA, name="Buy cheap http://spam.example", tags="http://spam.example")
    (letter,) = served.letters()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe" not in letter
    assert "spam" not in letter.as_string()
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert served.deliveries(ADA)[0].state == "written"


@pytest.mark.parametrize("body", ["urlencoded", "multipart"])
def test_one_click_unsubscribe_works_as_rfc_8058_says(served: Served, body: str) -> None:
    """Both encodings, no redirect, no cookie, twice.

    And the change is made when the answer is there.
    """
    person = served.subscribed(ADA)
    token = served.membership.keyring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)
    for _ in range(2):
        if body == "multipart":
            answer = served.client.post(
                f"/unsubscribe/{token}", files={"List-Unsubscribe": (None, "One-Click")}
            )
        else:
            answer = served.client.post(
                f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}
            )
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    gone = served.person(ADA)
    assert gone is not None
    assert gone.state is SubscriberState.UNSUBSCRIBED
    assert [event.source for event in served.history(ADA)][-1] == "mail client"
    assert [event.what for event in served.history(ADA)].count("unsubscribe") == 1


def test_unsubscribe_links_never_expire_and_confirm_links_do(served: Served) -> None:
    """A mail of ten years ago still lets its reader go."""
    person = served.subscribed(ADA)
    old = served.membership.keyring.sign(
        Purpose.UNSUBSCRIBE, person.public, served.now - timedelta(days=3650)
    )
    late = served.membership.keyring.sign(
        Purpose.CONFIRM, person.public, served.now - CONFIRM_WITHIN - timedelta(seconds=1)
    )
    assert served.client.get(f"/confirm/{late}").status_code == 404
    assert served.client.post(f"/confirm/{late}").status_code == 404
    assert served.client.post(f"/unsubscribe/{old}").status_code == 200


def test_less_often_is_an_equal_choice(served: Served) -> None:
    """The page that lets people go also lets them stay for a digest."""
    person = served.subscribed(ADA)
    token = served.membership.keyring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)
    assert "Once a week instead" in served.client.get(f"/unsubscribe/{token}").text
    served.client.post(f"/unsubscribe/{token}", data={"cadence": "weekly"})
    kept = served.person(ADA)
    assert kept is not None
    assert (kept.state, kept.preferences.cadence) == (SubscriberState.ACTIVE, Cadence.WEEKLY)


def test_a_known_and_an_unknown_address_get_the_same_answer(served: Served) -> None:
    """The bytes of the answer do not tell who is on the list.

    The one who is gets a mail that says so.
    """
    served.subscribed(ADA)
    served.later(days=1)
    known, unknown = served.subscribe(ADA), served.subscribe("new@example.org")
    same = {name for name in known.headers if name != "date"}
    assert known.status_code == unknown.status_code
    assert {name: known.headers[name] for name in same} == {
        name: unknown.headers[name] for name in same
    }
    assert known.content == unknown.content
    assert served.letters_to(ADA)[-1]["Subject"] == "You are subscribed to A site already"


def test_one_confirm_mail_a_day_whatever_happens(served: Served) -> None:
    """Two hundred requests for one address: one mail; the next day one more."""
    for number in range(200):
        served.ticks += 3600
        served.client.post(
            "/subscribe",
            data={"email": ADA if number % 2 else "ADA@example.org".replace("ADA", "ada")},
        )
    served.mail_thread.work()
    assert len(served.letters()) == 1
    served.later(days=1)
    served.subscribe(ADA)
    assert len(served.letters()) == 2


def test_after_three_confirm_mails_without_a_click_there_is_no_fourth(served: Served) -> None:
    """Counted are mails that went out.

    Those only written to a maildir reached nobody and count towards no limit.
    """
    with served.state.transaction() as transaction:
        transaction.connection.exec_driver_sql("SELECT 1")
    for day in range(1, 6):
        served.subscribe(ADA)
        assert len(served.letters_to(ADA)) == day, "written mails count towards no limit"
        served.later(days=1)
    with served.state.transaction() as transaction:
        transaction.connection.exec_driver_sql("UPDATE deliveries SET state = 'sent'")
    served.subscribe(ADA)
    assert len(served.letters_to(ADA)) == 5


def test_who_left_comes_back_only_by_their_own_click(served: Served) -> None:
    """Neither a request nor the operator brings back who left."""
    person = served.subscribed(ADA)
    token = served.membership.keyring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)
    served.client.post(f"/unsubscribe/{token}")
    served.membership.add(
        ADA, person.preferences, served.now, RequestOrigin("command line", wording="told me so")
    )
    served.later(days=1)
    served.subscribe(ADA, cadence="monthly")
    left = served.person(ADA)
    assert left is not None
    assert left.state is SubscriberState.UNSUBSCRIBED
    assert left.preferences == person.preferences, (
        "a stranger who types the address changes nothing"
    )
    assert served.client.post(served.link(served.letters_to(ADA)[-1], "confirm")).status_code == 200
    back = served.person(ADA)
    assert back is not None
    assert back.state is SubscriberState.ACTIVE


def test_a_wrong_address_is_told_in_the_form_and_nothing_is_lost(served: Served) -> None:
    """What was typed stands in the form again, beside the reason."""
    answer = served.subscribe("ada@example", name="Ada & Co")
    assert answer.status_code == 422
    assert "should have a period" in answer.text
    assert 'value="Ada &amp; Co"' in answer.text
    assert 'role="alert"' in answer.text


def test_single_opt_in_when_the_site_says_so(tmp_path: Path) -> None:
    """``subscribers.confirm = false``."""
    with Served(tmp_path, more="[subscribers]\nconfirm = false\n") as served:
        served.subscribe(ADA)
        person = served.person(ADA)
        assert person is not None
        assert person.state is SubscriberState.ACTIVE
        assert [letter["Subject"] for letter in served.letters()] == ["Welcome to A site"]


def test_addresses_that_differ_in_the_domains_case_are_one_person(served: Served) -> None:
    """Domains are compared folded, stored as typed; an IDN is mailed at its A-label."""
    served.subscribe("Zoë@Bücher.example")
    served.subscribe("Zoë@BÜCHER.example")
    (letter,) = served.letters()
    person = served.person("Zoë@xn--bcher-kva.example")
    assert person is not None
    assert person.address == "Zoë@Bücher.example"
    (raw,) = [path.read_bytes() for path in (served.site.folder / "maildir" / "new").iterdir()]
    assert "To: Zoë@xn--bcher-kva.example\r\n".encode() in raw, (
        "a local part is never mangled into an encoded word"
    )
    assert letter["Subject"] == "Please confirm: A site"
