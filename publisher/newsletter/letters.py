"""Confirm, welcome and goodbye mails: composed like newsletters, with no user's words in them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from publisher.newsletter.finish import finish
from publisher.newsletter.model import Composition
from publisher.newsletter.templating import render_or_shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from publisher.newsletter.model import Letterhead

_RTL = frozenset({"ar", "dv", "fa", "he", "ps", "ur", "yi"})


class Letter(StrEnum):
    """Which mail."""

    CONFIRM = "confirm"
    ALREADY = "already"
    WELCOME = "welcome"
    GOODBYE = "goodbye"


_SUBJECTS = {
    Letter.CONFIRM: "Please confirm: {title}",
    Letter.ALREADY: "You are subscribed to {title} already",
    Letter.WELCOME: "Welcome to {title}",
    Letter.GOODBYE: "You have left {title}",
}


def compose_letter(
    letter: Letter, letterhead: Letterhead, environment: Environment, *, url: str
) -> Composition:
    """Compose one mail to one person.

    Args:
        letter: Which.
        letterhead: What every mail of the site shares.
        environment: With ``newsletter/<letter>.html`` and ``.txt``.
        url: The one address it is about: to confirm, to change preferences, to subscribe again.
    """
    values = letter_values(letter, letterhead, url=url)
    subject = str(values["subject"])
    html, _ = finish(
        render_or_shipped(environment, f"newsletter/{letter}.html", values), whole=(url,)
    )
    text = (
        re.sub(
            r"\n{3,}", "\n\n", render_or_shipped(environment, f"newsletter/{letter}.txt", values)
        ).strip()
        + "\n"
    )
    return Composition(subject, "", html, text)


def letter_values(letter: Letter, letterhead: Letterhead, *, url: str) -> Mapping[str, object]:
    """Return what the templates of a letter are filled with."""
    subject = _SUBJECTS[letter].format(title=" ".join(letterhead.title.split()))
    language = letterhead.language
    return {
        "subject": subject,
        "preheader": "",
        "letterhead": letterhead,
        "language": language,
        "direction": "rtl" if language.partition("-")[0].lower() in _RTL else "ltr",
        "url": url,
    }
