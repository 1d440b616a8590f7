"""Compose issues, of one post or of several, and export them.

HTML, text and a message, in a folder of their own.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.errors import HeaderError, Level, Problem, UncomposedError, fault_of
from publisher.newsletter.branding import SAMPLE_SENDER, branding_of, pages_of_nobody
from publisher.newsletter.issue import IssueContent
from publisher.newsletter.layout import compose_digest, compose_post
from publisher.newsletter.mime import build_message
from publisher.newsletter.placeholders import Own, Placeholders
from publisher.newsletter.store import IssueStore
from publisher.newsletter.templates import TemplateFaultError
from publisher.posts.store import PostStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from publisher.database.connection import Transaction
    from publisher.newsletter.issue import IssueRecord
    from publisher.newsletter.models import ComposerSettings, Composition
    from publisher.posts.entries import EntryMaker
    from publisher.posts.records import PostRecord


SAMPLE_READER = "reader@example.com"
"""Whom the exported message is addressed to; real ones are made for each subscriber."""

_LONGEST_NAME = 100


class IssueComposer:
    """Composes issues of one site inside one transaction.

    Attributes:
        problems: What composing and exporting found.
    """

    def __init__(
        self,
        settings: ComposerSettings,
        entries: EntryMaker,
        transaction: Transaction,
        instant: datetime,
    ) -> None:
        self.settings, self.entries, self.transaction = settings, entries, transaction
        self.instant = instant
        self.problems: list[Problem] = []

    def compose(self, record: PostRecord, issue: IssueRecord) -> tuple[IssueRecord, IssueContent]:
        """Return the issue as it is now and what it says; its files are written.

        Raises:
            UncomposedError: A template or the post itself is at fault.
        """
        composition, slug = self._of_post(record)
        self.problems += composition.problems
        folder = issue.folder or self._folder(slug)
        assert record.facts is not None
        composed = replace(
            issue, subject=composition.subject, folder=folder, entry=record.facts.entry
        )
        self._export(composed, composition, record.facts.url, record.path)
        return composed, _content(composition)

    def fault(self, record: PostRecord) -> str:
        """Return why the issue of a post cannot be composed; nothing when it can."""
        try:
            self._of_post(record)
        except UncomposedError as error:
            return error.message
        return ""

    def _of_post(self, record: PostRecord) -> tuple[Composition, str]:
        """Compose a post's issue, and name its slug."""
        entries = self.entries.entries([record])
        self._refuse([record])
        post = PostStore(self.transaction).load_posts([record.key])[record.key]
        config = self.settings.config
        with _telling(record.path):
            composition = compose_post(
                entries[0],
                post.newsletter,
                branding_of(config),
                self.settings.environment(),
                content=config.newsletter.content,
                zone=config.zone,
                width_of=self.settings.image_width,
            )
        return composition, post.slug

    def _refuse(self, records: Sequence[PostRecord]) -> None:
        """Raise where none of these posts could be rendered."""
        refused = [
            self.entries.refused[record.key]
            for record in records
            if record.key in self.entries.refused
        ]
        if len(refused) == len(records):
            raise UncomposedError(f"{refused[0].path}: {refused[0].found}", cure=refused[0].cure)

    def compose_digest(
        self, records: Sequence[PostRecord], name: str, language: str
    ) -> Composition:
        """Return what a digest says; :meth:`keep_digest` writes its files.

        Args:
            records: Its posts, newest first.
            name: What it is called, such as "This week".
            language: Of what is not a post's.

        Raises:
            UncomposedError: A template is at fault, or every post of it.
        """
        posts = PostStore(self.transaction).load_posts([record.key for record in records])
        newsletter = self.settings.config.newsletter
        entries = self.entries.entries(records)
        self._refuse(records)
        switches = {record.path: posts[record.key].newsletter for record in records}
        with _telling(", ".join(entry.path for entry in entries)):
            return compose_digest(
                entries,
                replace(branding_of(self.settings.config), language=language),
                self.settings.environment(),
                name=name,
                content=newsletter.content,
                zone=self.settings.config.zone,
                most=newsletter.digest_max,
                switches=[switches[entry.path] for entry in entries],
                width_of=self.settings.image_width,
            )

    def keep_digest(
        self, issue: IssueRecord, composition: Composition, slug: str
    ) -> tuple[IssueRecord, IssueContent]:
        """Return a digest's issue as it is to be stored and what it says; its files are written."""
        kept = replace(
            issue,
            subject=composition.subject,
            folder=self._folder(slug),
            public=secrets.token_hex(16),
        )
        config = self.settings.config
        page = (
            f"{config.web_url}/issues/{kept.public}"
            if config.web.url is not None
            else f"{config.site.url}/"
        )
        self._export(kept, composition, page, "")
        return kept, _content(composition)

    def path(self, issue: IssueRecord) -> str | None:
        """Return where the issue's HTML is, relative to the configuration's folder."""
        return self.settings.issue_path(issue)

    def _folder(self, slug: str) -> str:
        """Name an issue's folder once.

        Its name is the day it was composed in the site's zone, and the post's slug.
        """
        day = self.instant.astimezone(self.settings.config.zone)
        safe = "".join(c if c.isalnum() or c in "-_" else "-" for c in slug).strip("-") or "post"
        base = f"{day.year:04d}-{day:%m-%d}-{safe}".encode()[:_LONGEST_NAME].decode(
            "utf-8", "ignore"
        )
        taken, name, number = IssueStore(self.transaction).folders(), base, 2
        while name in taken:
            name, number = f"{base}-{number}", number + 1
        return name

    def _export(self, issue: IssueRecord, composition: Composition, page: str, path: str) -> None:
        """Write ``issue.html``, ``issue.txt`` and ``issue.eml``: for people.

        What counts is in the database.
        """
        folder, own = issue.folder, pages_of_nobody(self.settings.config, page)
        placeholders = Placeholders(composition.mark)
        html = placeholders.fill(composition.html, own)
        text = placeholders.fill(composition.text, own)
        self.settings.newsletters.write(f"{folder}/issue.html", html.encode("utf-8", "replace"))
        self.settings.newsletters.write(f"{folder}/issue.txt", text.encode("utf-8", "replace"))
        branding = branding_of(self.settings.config)
        branding = replace(
            branding, sender=branding.sender or f"{branding.title} <{SAMPLE_SENDER}>"
        )
        name = hashlib.sha256(f"{folder}\0{page}".encode()).hexdigest()[:32]
        try:
            message = build_message(
                composition,
                branding,
                recipient=SAMPLE_READER,
                date=self.instant.astimezone(self.settings.config.zone).replace(microsecond=0),
                message_id=f"<{name}@{SAMPLE_SENDER.partition('@')[2]}>",
                unsubscribe_url=own[Own.UNSUBSCRIBE],
                preferences_url=own[Own.PREFERENCES],
                web_view_url=own[Own.WEB_VIEW],
            )
        except HeaderError as error:
            cure = "Correct newsletter.from, newsletter.reply_to or the post's subject."
            self.problems.append(
                Problem(path, None, Level.ERROR, f"Its message cannot be built: {error}.", cure)
            )
            return
        self.settings.newsletters.write(f"{folder}/issue.eml", message)


@contextmanager
def _telling(path: str) -> Iterator[None]:
    """Raise what composing a post raised as what it is: a template's fault, or the post's own."""
    try:
        yield
    except TemplateFaultError as error:
        raise UncomposedError(
            error.found, cure="Correct the template, or remove it: ours is used then."
        ) from error
    except Exception as error:
        problem = fault_of(path, "composed", error)
        raise UncomposedError(problem.found, cure=problem.cure) from error


def _content(composition: Composition) -> IssueContent:
    return IssueContent(
        composition.subject,
        composition.preheader,
        composition.html,
        composition.text,
        composition.mark,
    )
