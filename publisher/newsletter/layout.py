"""Compose issues: of one post, or a digest of several."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.newsletter.finish import finish
from publisher.newsletter.image_widths import COLUMN
from publisher.newsletter.mail_html import mail_safe
from publisher.newsletter.models import Branding, Composition
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.plain_text import html_to_text
from publisher.newsletter.templates import render_template
from publisher.newsletter.truncate import LIMIT, head_of
from publisher.posts.models import NewsletterSwitch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from jinja2 import Environment

    from publisher.posts.models import Entry


WARN_BYTES = 80_000
"""Gmail clips at 102 KB; above this an issue comes near it."""

WidthOf = Callable[[str, "Entry"], "int | None"]
"""Returns the width in pixels of a local picture by its address and its post, or None."""

RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Article:
    """A post as the templates see it; ``image_width`` is in pixels."""

    title: str
    url: str
    byline: str
    date: str
    summary: str
    content: str
    text: str
    image: str
    enclosures: tuple[tuple[str, str], ...]
    language: str
    image_width: int = COLUMN
    is_shortened: bool = False


def _unmeasured(_address: str, _entry: Entry) -> None:
    """Return None: no picture was measured."""


def compose_post(
    entry: Entry,
    switch: NewsletterSwitch,
    branding: Branding,
    environment: Environment,
    *,
    content: str,
    zone: ZoneInfo,
    width_of: WidthOf = _unmeasured,
) -> Composition:
    """Compose the issue of one post.

    Args:
        entry: The post.
        switch: What the post says of its own newsletter.
        branding: What every issue shares.
        environment: With ``newsletter/post.html`` and ``newsletter/post.txt``.
        content: ``full`` or ``summary``, unless the post says.
        zone: Dates are written in it.
        width_of: Knows the widths of local pictures.
    """
    whole = (switch.content or content) == "full" and bool(entry.content)
    article = _article(entry, zone, width_of, whole=whole)
    preheader = _line(switch.preheader or entry.summary)[:200]
    values = {
        "subject": _line(switch.subject or entry.title),
        "preheader": preheader,
        "articles": [article],
        "links": [],
    }
    return _compose(
        "post", values, branding, environment, entry.language or branding.language, entry.path
    )


def compose_digest(  # noqa: PLR0913 - what a digest is made of
    entries: Sequence[Entry],
    branding: Branding,
    environment: Environment,
    *,
    name: str,
    content: str,
    zone: ZoneInfo,
    most: int = 20,
    switches: Sequence[NewsletterSwitch] = (),
    width_of: WidthOf = _unmeasured,
) -> Composition:
    """Compose a digest of several posts; one of a single post keeps that post's subject.

    Args:
        entries: Newest first, at least one.
        branding: What every issue shares.
        environment: With ``newsletter/digest.html`` and ``newsletter/digest.txt``.
        name: What the digest is called, such as "This week".
        content: ``full`` or ``summary``, for posts that do not say.
        zone: Dates are written in it.
        most: Posts shown; the rest are links.
        switches: What the posts say of their own newsletters, in the order of ``entries``.
        width_of: Knows the widths of local pictures.
    """
    own = switches or [NewsletterSwitch()] * len(entries)
    shown = zip(entries[:most], own, strict=False)
    articles = [
        _article(entry, zone, width_of, whole=(switch.content or content) == "full")
        for entry, switch in shown
    ]
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    first = entries[0].title if more else own[0].subject or entries[0].title
    values = {
        "subject": _line(f"{name}: {first}{more}" if more else first),
        "preheader": _line(" · ".join(entry.title for entry in entries))[:200],
        "name": name,
        "articles": articles,
        "links": [_article(entry, zone, width_of, whole=False) for entry in entries[most:]],
    }
    return _compose("digest", values, branding, environment, branding.language, "")


def _compose(
    kind: str,
    values: Mapping[str, object],
    branding: Branding,
    environment: Environment,
    language: str,
    path: str,
) -> Composition:
    placeholders = Placeholders.absent_from(repr((values, branding, language)))
    shared = {
        **values,
        "letterhead": branding,
        "language": language,
        "direction": "rtl" if language.partition("-")[0].lower() in RTL else "ltr",
        "unsubscribe_url": placeholders.address(Own.UNSUBSCRIBE),
        "preferences_url": placeholders.address(Own.PREFERENCES),
        "web_view_url": placeholders.address(Own.WEB_VIEW),
        "intro_text": html_to_text(branding.intro),
        "outro_text": html_to_text(branding.outro),
    }
    html, was_shortened = finish(
        render_template(environment, f"newsletter/{kind}.html", shared), whole=(placeholders.mark,)
    )
    text = (
        re.sub(
            r"\n{3,}", "\n\n", render_template(environment, f"newsletter/{kind}.txt", shared)
        ).strip()
        + "\n"
    )
    problems = _size_problems(html, path, was_shortened=was_shortened)
    return Composition(
        str(values["subject"]), str(values["preheader"]), html, text, problems, placeholders.mark
    )


def _size_problems(html: str, path: str, *, was_shortened: bool) -> tuple[Problem, ...]:
    """Warn of an issue that Gmail clips; without a path it is a digest."""
    size = len(html.encode())
    what = "Its newsletter" if path else "A digest"
    if was_shortened:
        found = (
            f"{what} was over {LIMIT:,} bytes and was shortened, because Gmail clips longer mail."
        )
    elif size > WARN_BYTES:
        found = f"{what} has {size:,} bytes; Gmail clips mail over 102,000."
    else:
        return ()
    cure = "Set newsletter: {content: summary} in the post, or shorten it."
    return (
        Problem(
            path,
            None,
            Level.WARNING,
            found,
            cure if path else 'Set newsletter.content = "summary", or a smaller digest_max.',
        ),
    )


def _article(entry: Entry, zone: ZoneInfo, width_of: WidthOf, *, whole: bool) -> Article:
    content = (
        mail_safe(entry.content or "", lambda address: width_of(address, entry)) if whole else ""
    )
    day = entry.published.astimezone(zone)
    return Article(
        title=_line(entry.title),
        url=entry.url,
        byline=", ".join(author.name for author in entry.authors),
        date=f"{day.day} {day:%B} {day.year}",
        summary=entry.summary,
        content=head_of(content),
        text=html_to_text(content) if content else entry.summary,
        image=entry.image or "",
        enclosures=tuple((enclosure.url, enclosure.type) for enclosure in entry.enclosures),
        language=entry.language or "",
        image_width=min((width_of(entry.image, entry) if entry.image else None) or COLUMN, COLUMN),
    )


def _line(text: str) -> str:
    """Fold a text into one line without control characters: it becomes a header."""
    return _WHITE.sub(
        " ",
        "".join(character for character in text if character.isprintable() or character.isspace()),
    ).strip()
