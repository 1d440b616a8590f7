"""What every mail of a site shares, from its configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.markup.models import Markup
from publisher.newsletter.models import Branding
from publisher.newsletter.placeholders import Own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.config import Config


SAMPLE_SENDER = "newsletter@example.com"
"""From of written messages while ``newsletter.from`` is not set."""

_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}
)


def branding_of(config: Config) -> Branding:
    """Return the letterhead of issues; ``sender`` is None while the site has none."""
    newsletter = config.newsletter

    def fragment(text: str) -> str:
        from publisher.markup.render import render  # noqa: PLC0415

        return render(text, Markup.MARKDOWN, base_url=f"{config.site.url}/").html if text else ""

    return Branding(
        title=newsletter.title or config.site.title,
        site_title=config.site.title,
        site_url=config.site.url,
        language=config.site.language,
        sender=newsletter.sender,
        reply_to=newsletter.reply_to,
        postal_address=newsletter.postal_address,
        intro=fragment(newsletter.intro),
        outro=fragment(newsletter.outro),
        image=config.site.image,
    )


def transactional_branding(config: Config) -> Branding:
    """Return what letters share: a From of their own, or the newsletter's."""
    found = branding_of(config)
    return replace(
        found,
        sender=config.subscribers.sender or found.sender or f"{found.title} <{SAMPLE_SENDER}>",
    )


def pages_of_nobody(config: Config, page: str) -> Mapping[Own, str]:
    """Return what an issue links to where it is shown to nobody in particular.

    Those are pages that ask who somebody is.

    Args:
        config: The configuration.
        page: Where the issue itself is on the web.
    """
    web = config.web_url
    return {
        Own.UNSUBSCRIBE: f"{web}/unsubscribe/",
        Own.PREFERENCES: f"{web}/preferences/",
        Own.WEB_VIEW: page,
    }


def direction_of(language: str) -> str:
    """Return the direction of a language's script, as HTML's ``dir`` has it: ``rtl`` or ``ltr``.

    Args:
        language: BCP 47 tag. Scripts written from the right: the languages whose CLDR locales have
            ``characterOrder`` right-to-left.
    """
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
