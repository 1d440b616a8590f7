"""What every issue of a site shares, and what composing one gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.errors import Problem
    from publisher.newsletter.issue import IssueRecord
    from publisher.posts.models import Entry
    from publisher.system.files import OutputFolder


@dataclass(frozen=True, slots=True)
class Branding:
    """What every issue of a site shares.

    Attributes:
        title: Of the newsletter.
        site_title: Of the site.
        site_url: Its home page.
        language: BCP 47.
        sender: From, as a mailbox; None while the site has none.
        reply_to: Where answers go, or None.
        postal_address: May be empty.
        intro: Safe HTML above every post.
        outro: Safe HTML below every post.
        image: Absolute address of a logo, or empty.
    """

    title: str
    site_title: str
    site_url: str
    language: str = "en"
    sender: str | None = None
    reply_to: str | None = None
    postal_address: str = ""
    intro: str = ""
    outro: str = ""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """What an issue says, with the placeholders of a recipient's own addresses still in it.

    Attributes:
        subject: One line.
        preheader: One line.
        html: The whole document.
        text: The same as plain text.
        problems: What composing found.
        mark: Of its placeholders (:class:`publisher.newsletter.placeholders.Placeholders`).
    """

    subject: str
    preheader: str
    html: str
    text: str
    problems: tuple[Problem, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class ComposerSettings:
    """What composing the issues of a site takes.

    Attributes:
        config: The configuration.
        newsletters: Where issues are exported.
        environment: Makes the Jinja2 environment, when an issue is composed.
        image_width: Returns the width in pixels of a local picture by its address and its post,
            or None.
    """

    config: Config
    newsletters: OutputFolder
    environment: Callable[[], Environment]
    image_width: Callable[[str, Entry], int | None]

    def issue_path(self, issue: IssueRecord) -> str | None:
        """Return an issue's HTML file, relative to the configuration; None until it is written."""
        folder = self.config.output.newsletters.as_posix()
        return f"{folder}/{issue.folder}/issue.html" if issue.folder else None
