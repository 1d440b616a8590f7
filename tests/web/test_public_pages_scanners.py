"""What programs do to links, forms and tokens: nothing comes of it."""

from __future__ import annotations

import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from publisher.subscribers.tokens import Purpose
from tests.web.served import Served

if TYPE_CHECKING:
    from pathlib import Path

ADA = "ada@example.org"
LONG = os.environ.get("PUBLISHER_TORTURE", "") == "1"
XSS = [
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "{% include 'x' %}",
    "javascript:alert(1)",
    "'\"&<>",
]


def test_get_and_head_of_every_link_of_every_mail_change_nothing(served: Served) -> None:
    """Mail scanners open everything, often, with every method that reads."""
    person = served.subscribed(ADA)
    served.later(days=1)
    served.subscribe(ADA)
    keyring = served.membership.keyring
    served.client.post(
        f"/unsubscribe/{keyring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)}"
    )
    served.subscribe("bob@example.org")
    served.mail_thread.work()
    links = {link for letter in served.letters() for link in served.links(letter)}
    links.add(f"/unsubscribe/{keyring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)}")
    assert {link.split("/")[1] for link in links} >= {"confirm", "preferences", "unsubscribe"}
    before, mails = served.everything(), len(served.letters())
    for _ in range(10):
        for link in links:
            assert served.client.get(link).status_code == 200
            head = served.client.head(link)
            assert (head.status_code, head.content) == (200, b"")
    served.mail_thread.work()
    assert served.everything() == before
    assert len(served.letters()) == mails


def test_random_tokens_never_hit(served: Served) -> None:
    """Neither noise, nor a good token with one bit changed, nor one of another purpose."""
    person, ring = served.subscribed(ADA), served.membership.keyring
    good = ring.sign(Purpose.UNSUBSCRIBE, person.public, served.now)
    for _ in range(1_000_000 if LONG else 20_000):
        assert ring.read(Purpose.UNSUBSCRIBE, secrets.token_urlsafe(43)[:58]) is None
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(good)):
        for letter in alphabet if LONG else alphabet[::9]:
            if letter != good[place]:
                assert (
                    ring.read(Purpose.UNSUBSCRIBE, good[:place] + letter + good[place + 1 :])
                    is None
                )
    before = served.everything()
    pages = {
        Purpose.CONFIRM: "confirm",
        Purpose.PREFERENCES: "preferences",
        Purpose.UNSUBSCRIBE: "unsubscribe",
    }
    for purpose in Purpose:
        token = ring.sign(purpose, person.public, served.now)
        for wanted, page in pages.items():
            if wanted is not purpose:
                assert served.client.get(f"/{page}/{token}").status_code == 404
                assert served.client.post(f"/{page}/{token}").status_code == 404
    assert served.everything() == before


def test_ten_thousand_posts_for_one_address_give_one_mail_a_day(served: Served) -> None:
    """From as many networks as there are posts."""
    count = 10_000 if LONG else 300
    for number in range(count):
        served.ticks += 60
        if number == count // 2:
            served.now += timedelta(days=1)
        answer = served.client.post("/subscribe", data={"email": ADA})
        assert answer.status_code in {303, 429}
    served.mail_thread.work()
    assert len(served.letters_to(ADA)) <= 2


def test_one_network_gets_no_more_than_its_bucket(tmp_path: Path) -> None:
    """Ten thousand addresses from one /24: the bucket; another network is not kept waiting."""
    more = 'trusted_proxies = ["127.0.0.1"]\n[limits]\nunsigned = 7\n'
    with Served(tmp_path, more=more) as served:
        count = 10_000 if LONG else 200
        answers = [
            served.client.post(
                "/subscribe",
                data={"email": f"p{number}@example.org"},
                headers={"X-Forwarded-For": f"203.0.113.{number % 250}"},
            ).status_code
            for number in range(count)
        ]
        assert answers.count(303) == 7
        assert answers.count(429) == count - 7
        other = served.client.post(
            "/subscribe",
            data={"email": "o@example.org"},
            headers={"X-Forwarded-For": "198.51.100.9"},
        )
        assert other.status_code == 303
        assert served.membership.process_requests(served.now, 10_000) == 8


def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(served: Served) -> None:
    """Anybody can write the header."""
    for number in range(8):
        answer = served.client.post(
            "/subscribe",
            data={"email": f"p{number}@example.org"},
            headers={"X-Forwarded-For": f"203.0.{number}.1"},
        )
    assert answer.status_code == 429


def test_a_field_that_nobody_sees_gives_programs_away(served: Served) -> None:
    """The honeypot: the answer is the usual one, and nothing is kept."""
    answer = served.client.post("/subscribe", data={"email": ADA, "website": "http://spam.example"})
    assert answer.status_code == 303
    assert served.membership.process_requests(served.now) == 0


def test_a_form_sent_back_at_once_counts_as_a_scripts(tmp_path: Path) -> None:
    """Unsigned, too young, too old: the stricter bucket, not a refusal."""
    with Served(tmp_path, more="[limits]\nunsigned = 1\nper_network = 3\n") as served:
        for number in range(3):
            assert served.subscribe(f"p{number}@example.org").status_code == 303
        assert served.subscribe("p9@example.org").status_code == 429, "the signed bucket is empty"
        stamp = served.web.stamp.make(served.now)
        for number, wanted in enumerate((303, 429)):
            answer = served.client.post(
                "/subscribe", data={"email": f"q{number}@example.org", "stamp": stamp}
            )
            assert answer.status_code == wanted


@pytest.mark.parametrize("text", XSS)
def test_whatever_is_typed_stays_text(served: Served, text: str) -> None:
    """In every field, on every page that shows it again."""
    again = served.subscribe("no address", name=text, tags=text).text
    person = served.subscribed(ADA)
    token = served.membership.keyring.sign(Purpose.PREFERENCES, person.public, served.now)
    fields = dict.fromkeys(("name", "wanted", "unwanted", "zone", "language", "cadence"), text)
    for page in (
        again,
        served.client.post(f"/preferences/{token}", data=fields).text,
        served.client.get(f"/preferences/{token}").text,
    ):
        assert "<script>" not in page
        assert "<img" not in page
        assert (
            "49" not in re.sub(r"[\w-]{40,}", "", page).partition("<form")[2].partition("stamp")[0]
        ), "what looks like a template is not run"
    assert served.client.get(f"/{text}").status_code == 404
    assert "<script>" not in served.client.get(f"/confirm/{text.replace('/', '')}").text


def test_next_leads_only_to_configured_origins(tmp_path: Path) -> None:
    """An open redirect would lend our name to anybody."""
    with Served(
        tmp_path, more='origins = ["https://blog.example.org"]\n[limits]\nunsigned = 100\n'
    ) as served:
        good = "https://blog.example.org/thanks?x=1"
        assert (
            served.client.post("/subscribe", data={"email": ADA, "next": good}).headers["location"]
            == good
        )
        bad = [
            "https://evil.example/",
            "//evil.example",
            "https://blog.example.org@evil.example/",
            "javascript:alert(1)",
            "https://blog.example.org.evil.example/",
            "\\\\evil",
            "https://blog.example.org\\@evil.example",
            " https://evil.example",
        ]
        for target in bad:
            answer = served.client.post("/subscribe", data={"email": ADA, "next": target})
            assert answer.headers["location"] == "https://news.example.org/check-your-inbox", target


def test_bodies_stay_small_however_they_are_sent(served: Served) -> None:
    """8 KB, announced or in chunks."""
    assert served.client.post("/subscribe", content=b"x" * 8193).status_code == 413
    assert (
        served.client.post("/subscribe", content=(b"x" * 1000 for _ in range(20))).status_code
        == 413
    )
    assert served.client.post("/api/v1/subscribe", content=b"[" * 9000).status_code == 413


def test_every_answer_says_what_a_browser_may_do(served: Served) -> None:
    """CSP, nosniff, no referrer, no frames, no cookies; on pages, errors, files and the API."""
    served.site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nA.\n")
    served.site.build()
    for path in ("/", "/nothing", "/feed.xml", "/healthz", "/web/style.css", "/confirm/x"):
        headers = served.client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == (
            "nosniff",
            "no-referrer",
        )
        assert "set-cookie" not in headers
        assert "server" not in headers


def test_the_api_answers_only_configured_origins(tmp_path: Path) -> None:
    """CORS."""
    with Served(tmp_path, more='origins = ["https://blog.example.org"]\n') as served:
        ask = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        good = served.client.options(
            "/api/v1/subscribe", headers={"Origin": "https://blog.example.org", **ask}
        )
        assert good.headers["access-control-allow-origin"] == "https://blog.example.org"
        evil = served.client.options(
            "/api/v1/subscribe", headers={"Origin": "https://evil.example", **ask}
        )
        assert "access-control-allow-origin" not in evil.headers
        page = served.client.get("/", headers={"Origin": "https://blog.example.org"})
        assert "access-control-allow-origin" not in page.headers
        answer = served.client.post(
            "/api/v1/subscribe", json={"email": ADA}, headers={"Origin": "https://blog.example.org"}
        )
        assert (answer.status_code, answer.json()) == (202, {"status": "check your inbox"})
        assert served.client.post("/api/v1/subscribe", json={"email": "x"}).status_code == 422
        served.mail_thread.work()
        assert len(served.letters()) == 1


def test_many_at_once_lose_nothing(served: Served) -> None:
    """Requests of forty people at the same time: forty confirm mails."""
    served.web.unsigned.each = served.web.signed.each

    def ask(number: int) -> int:
        served.ticks += 3600
        return httpx.post(
            f"{served.base}/subscribe", data={"email": f"p{number}@example.org"}, timeout=30
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(40))) == {303}
    served.mail_thread.work()
    assert len(served.letters()) == 40
