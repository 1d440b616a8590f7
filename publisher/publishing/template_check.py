"""Render a site's own templates with samples of everything they meet.

A fault is told before a post meets it.

Templates of ours that a site does not replace are not looked at: tests do that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.feeds.formats import FORMATS
from publisher.mail.operator_alerts import alert_values
from publisher.mail.transactional import TransactionalMail, transactional_values
from publisher.newsletter.branding import branding_of, transactional_branding
from publisher.newsletter.layout import compose_digest, compose_post
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.templates import TemplateFaultError, fault_in, render_template
from publisher.posts.models import Author, Enclosure, Entry, NewsletterSwitch
from publisher.publishing.own_templates import OWN_TEMPLATES
from publisher.subscribers.models import Cadence, Subscriber, SubscriberState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.newsletter.models import Branding, Composition


_CURE = "Correct it, or remove it: ours is used then."
_NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_TOKEN = "t" * 58


def check_templates(config: Config, environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each fault of the site's own templates, once, with file and line.

    Args:
        config: The configuration; samples are issues, letters and pages of its site.
        environment: With the site's own templates before ours.
    """
    yield from dict.fromkeys((*_compiled(config, environment), *_rendered(config, environment)))


def _compiled(config: Config, environment: Environment) -> Iterator[Problem]:
    """Compile each template by itself: also what no sample comes to."""
    for name in environment.list_templates(filter_func=lambda name: name.startswith(OWN_TEMPLATES)):
        if (config.templates_folder / name).is_file():
            yield from _tried(partial(environment.get_template, name), name)


def _rendered(config: Config, environment: Environment) -> Iterator[Problem]:
    for compose in _issues(config, environment):
        found: list[Composition] = []
        yield from _tried(
            lambda compose=compose, found=found: found.append(compose()),  # type: ignore[misc]
            "newsletter/post.html",
        )
        yield from _without_a_way_out(found)
    for name, values in (*_letters(config), *_pages(config)):
        yield from _tried(partial(render_template, environment, name, values), name)


def _tried(work: Callable[[], object], name: str) -> Iterator[Problem]:
    try:
        work()
    except TemplateFaultError as error:
        yield _problem(error)
    except Exception as error:  # noqa: BLE001 - whatever a template raises is its own fault
        yield _problem(fault_in(name, error))


def _problem(fault: TemplateFaultError) -> Problem:
    return Problem(f"templates/{fault.template}", fault.line, Level.ERROR, f"{fault.said}.", _CURE)


def _without_a_way_out(compositions: list[Composition]) -> Iterator[Problem]:
    for composition in compositions:
        link = Placeholders(composition.mark).address(Own.UNSUBSCRIBE)
        for kind, words in (("HTML", composition.html), ("text", composition.text)):
            if link not in words:
                found = (
                    f"templates/newsletter: the {kind} of an issue holds no link to unsubscribe."
                )
                cure = (
                    "Put {{ unsubscribe_url }} where readers see it: the law asks for it, and mail"
                    " providers do."
                )
                yield Problem("", None, Level.WARNING, found, cure)


def _brandings(config: Config) -> Iterator[Branding]:
    """Yield the site's letterhead, one with everything, and one with nothing."""
    given = branding_of(config)
    yield given
    yield replace(
        given,
        title="Another name",
        postal_address="Street 1",
        intro="<p>Hello.</p>",
        outro="<p>Bye.</p>",
        image=f"{config.site.url}/logo.png",
    )
    yield replace(given, postal_address="", intro="", outro="", image="")


def _entries(config: Config) -> tuple[Entry, ...]:
    """Return posts with everything, with nothing, long, and in a right-to-left language."""
    url = f"{config.site.url}/sample/"
    bare = Entry("urn:sample", url, url, "A sample", _NOW, _NOW, "", content="")
    words = (
        '<h2 id="a">A heading</h2><p>Words and <a href="https://example.com/">a'
        " link</a>.</p><pre><code>code</code></pre>"
    )
    whole = replace(
        bare, content=f'{words}<p><img src="{url}a.png" alt=""></p>', summary="What it is about.",
        authors=(Author("Ada"), Author("Bo")),
        tags=("sample",), categories=("Samples",), language="en", image=f"{url}hero.png",
        enclosures=tuple(Enclosure(f"{url}a", 9, kind) for kind in ("audio/mpeg", "video/mp4",
        "application/pdf")),
    )  # fmt: skip
    long = replace(whole, title="A long sample " * 20, content="<p>Many words in a row.</p>" * 5000)
    return whole, bare, long, replace(whole, language="he", image=None, enclosures=())


def _issues(config: Config, environment: Environment) -> Iterator[Callable[[], Composition]]:
    (whole, *others), (given, *brandings) = _entries(config), _brandings(config)
    post = partial(
        compose_post, switch=NewsletterSwitch(), environment=environment, zone=config.zone
    )
    for entry in (whole, *others):
        yield partial(post, entry, branding=given, content="full")
    for branding in brandings:
        yield partial(post, whole, branding=branding, content="summary")
    digest = partial(
        compose_digest,
        branding=given,
        environment=environment,
        name="This week",
        content="summary",
        zone=config.zone,
    )
    yield partial(digest, (whole,))
    yield partial(digest, (whole, *others), most=2)


def _letters(config: Config) -> Iterator[tuple[str, Mapping[str, object]]]:
    branding = transactional_branding(config)
    for letter in TransactionalMail:
        for ending in ("html", "txt"):
            yield (
                f"newsletter/{letter}.{ending}",
                transactional_values(letter, branding, url=f"{config.web_url}/{_TOKEN}"),
            )
    for ending in ("html", "txt"):
        for many in ((), ("One.", "Two.")):
            yield (
                f"newsletter/notice.{ending}",
                alert_values("Held: A sample", many, many, branding),
            )


def _pages(config: Config) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the pages of :mod:`publisher.web.public_pages` as its handlers fill them."""
    shared = {
        "config": config, "title": branding_of(config).title, "language": config.site.language,
        "base": "", "style": "/web/style.css",
        "feeds": [
            (one.title, one.media_type, f"{config.feeds_url}/feed") for one in FORMATS.values()
        ],
    }  # fmt: skip
    cadences = list(Cadence)
    typed = {"email": "", "name": "", "cadence": str(Cadence.EVERY_POST), "tags": ""}
    for problem, note in (("", ""), ("What is wrong.", "What is to be known.")):
        yield (
            "web/subscribe.html",
            {
                **shared,
                "stamp": "s",
                "problem": problem,
                "note": note,
                "typed": typed,
                "cadences": cadences,
            },
        )
    yield "web/check-inbox.html", shared
    yield "web/confirm.html", {**shared, "token": _TOKEN}
    yield "web/style.css", {}
    for status in (404, 405, 413, 422, 429, 500):
        yield "web/error.html", {**shared, "status": status, "detail": "What went wrong."}
    for state in SubscriberState:
        person = Subscriber("ada@example.com", "ada@example.com", state, _NOW)
        known = {
            **shared,
            "subscriber": person,
            "token": _TOKEN,
            "preferences_token": _TOKEN,
            "leave_token": _TOKEN,
        }
        for page in ("goodbye", "less-often", "welcome"):
            yield f"web/{page}.html", known
        yield "web/unsubscribe.html", {**known, "cadences": cadences[1:]}
        for saved in (False, True):
            yield "web/preferences.html", {**known, "cadences": cadences, "saved": saved}
