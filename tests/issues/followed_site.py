"""A site whose mail is followed by a small model, message by message."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis.stateful import RuleBasedStateMachine

from publisher.digests.store import DueStore
from publisher.newsletter.issue import IssueState
from tests.digests.readership import Readership
from tests.issues.expected_mail import Expectations, Person

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.newsletter.issue import IssueLine


MEMORY = Path("/dev/shm")
"""Where there is one, histories are played in memory: they wait for no disk."""


@cache
def _prepared() -> Path:
    """Make the site that every history begins with.

    The file it was made by is gone, so that copies may use its state.
    """
    base = Path(tempfile.mkdtemp(prefix="histories-", dir=MEMORY if MEMORY.is_dir() else None))
    atexit.register(shutil.rmtree, base)
    Readership(base / "made").close()
    (base / "made" / "config.toml").unlink()
    return base


class FollowedSite(RuleBasedStateMachine):
    """Does what happens on the site and in the model, and compares what everybody got."""

    def __init__(self) -> None:
        super().__init__()
        folder = _prepared() / "history"
        shutil.copytree(folder.with_name("made"), folder)
        self.story = Readership(folder)
        self.model = Expectations()
        self.dates: dict[str, str] = {}

    def teardown(self) -> None:
        """Let everything go on, and time pass: by then everybody has what they are owed."""
        try:
            self._finish()
        finally:
            self.story.close()
            shutil.rmtree(self.story.site.folder)

    def _finish(self) -> None:
        for key, (title, state) in list(self.model.issues.items()):
            if state == "paused":
                self.story.outgoing.resume(key)
                self.model.issues[key] = (title, "queued")
        for title, post in self.model.posts.items():
            post.published = True
            self._write(title)
        self._round()
        for _ in range(3):
            self.story.later(days=32)
            self._digest()
        for name in self.model.people:
            mine = [mail for mail in self.story.mails() if mail.reader == name]
            assert not self.model.misses(name, {title for mail in mine for title in mail.posts}), (
                name
            )

    def _join(self, name: str, cadence: str, zone: str) -> None:
        self.story.join(name, cadence, zone=zone)
        self.model.people[name] = Person(cadence, zone, rhythm=(cadence, zone))

    def _write(self, title: str) -> None:
        post = self.model.posts[title]
        self.story.write(
            title, ", ".join(sorted(post.tags)), draft=not post.published, date=self.dates[title]
        )

    def _round(self) -> None:
        self._told(self.story.round().issues)

    def _told(self, lines: Iterable[IssueLine]) -> None:
        """Follow what became of issues of posts."""
        mails = self.story.mails(all_states=True)
        for line in lines:
            issue = line.issue
            if issue.digest:
                continue
            if issue.state is IssueState.QUEUED:
                assert issue.queued_at is not None
                self.model.frozen(
                    issue.key, line.posts[0].removesuffix(".md").upper(), issue.queued_at, mails
                )
            elif issue.key in self.model.issues:
                self.model.taken_back(issue.key, str(issue.state))
                assert not [m for m in mails if m.issue == issue.key and m.state == "queued"], (
                    "what was taken back is not sent"
                )

    def _digest(self) -> None:
        before = self.story.mails(all_states=True)
        self.story.digest()
        with self.story.state.reading() as transaction:
            first = DueStore(transaction).next_digest()
        assert first is None or first > self.story.now, (
            "what is due is carried, put off or given up"
        )
        known = {mail.key for mail in before}
        new = [mail for mail in self.story.mails(all_states=True) if mail.key not in known]
        self.model.digested(self.story.now, before, new)
