"""Random histories of posts and readers against a small model: nobody misses a post, nobody gets one twice, nobody who left gets any.

Each check was seen to fail once, when this line was broken:

* "somebody misses a post": ``put_off`` left out in ``_settle`` of :mod:`publisher.pipeline.digesting` (dropped instead); ``slot`` taken
  after tomorrow in ``add_dues``; ``replan_reader`` without its ``at``.
* "a post came twice": ``issue.posts[0] in had`` left out in ``choose`` of :mod:`publisher.delivery.carrying`.
* "a digest carries something else": ``is_published``, ``wants``, or the state of the issue not asked in ``_can_be_carried``.
* "a period came twice": the join with ``digest_periods`` answered with nothing (the database then refuses the second).
* who gets an issue: ``unwanted`` left out in ``wants`` of :mod:`publisher.delivery.audience`; ``state = 'active'`` in
  ``particular_readers`` or ``freeze_everybody``.
* who left: ``schema.due`` not deleted in ``cancel_deliveries`` together with ``_is_theirs`` always true.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from publisher.errors import UsageError
from publisher.models import IssueState
from tests.delivery.expectations import Article, Expectations, Person
from tests.delivery.readership import Readership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.pipeline.report import IssueLine

NAMES = ("ada", "bob", "cyd", "dee")
TAGS = st.frozensets(st.sampled_from(("tea", "ships")), max_size=2)
CADENCES = st.sampled_from(("every post", "daily", "daily", "weekly", "monthly"))
ZONES = st.sampled_from(("", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"))
STEPS = st.sampled_from(
    (timedelta(minutes=20), timedelta(hours=5), timedelta(hours=19), timedelta(days=1), timedelta(days=8), timedelta(days=40))
)
WHICH = st.integers(0, 7)


class History(RuleBasedStateMachine):
    """A site whose author, operator and readers do anything at all."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.story = Readership(self.folder)
        self.model = Expectations()
        self.dates: dict[str, str] = {}

    def teardown(self) -> None:
        """Let everything go on, and time pass: by then everybody has what they are owed."""
        try:
            self._finish()
        finally:
            self.story.close()
            shutil.rmtree(self.folder)

    def _finish(self) -> None:
        for key, (_, state) in list(self.model.issues.items()):
            if state == "paused":
                self.story.outgoing.resume(key)
                self.model.issues[key] = (self.model.issues[key][0], "queued")
        for title in self.model.posts:
            self._write(title, published=True)
        for _ in range(3):
            self.story.later(days=32)
            self.the_daemon_asks_for_digests()
        for name in self.model.people:
            mine = [mail for mail in self.story.mails() if mail.reader == name]
            assert not self.model.misses(name, {title for mail in mine for title in mail.posts}), name

    @initialize(names=st.lists(st.tuples(CADENCES, ZONES), min_size=2, max_size=3))
    def a_list(self, names: list[tuple[str, str]]) -> None:
        """Begin with a few readers."""
        for name, (cadence, zone) in zip(NAMES, names, strict=False):
            self.somebody_joins(name, cadence, zone, frozenset(), frozenset())

    @rule(name=st.sampled_from(NAMES), cadence=CADENCES, zone=ZONES, wanted=TAGS, unwanted=TAGS)
    def somebody_joins(self, name: str, cadence: str, zone: str, wanted: frozenset[str], unwanted: frozenset[str]) -> None:
        """Join, or come back with what was chosen before."""
        person = self.model.people.get(name)
        if person is None:
            self.story.join(name, cadence, zone=zone, wanted=tuple(sorted(wanted)), unwanted=tuple(sorted(unwanted)))
            self.model.people[name] = Person(cadence, zone, wanted, unwanted, rhythm=(cadence, zone))
        elif not person.active:
            self.story.join(name)
            person.active = True

    @rule(name=st.sampled_from(NAMES))
    def somebody_leaves(self, name: str) -> None:
        """Unsubscribe: nothing that was not handed over is left."""
        person = self.model.people.get(name)
        if person is not None and person.active:
            self.story.leave(name)
            person.active, person.owed = False, {}
            assert not [mail for mail in self.story.mails() if mail.reader == name and mail.state != "sent"], "unsubscribed means now"

    @rule(name=st.sampled_from(NAMES), cadence=CADENCES, zone=ZONES)
    def somebody_wants_it_at_other_times(self, name: str, cadence: str, zone: str) -> None:
        """Choose another cadence and zone."""
        person = self.model.people.get(name)
        if person is not None and person.active and (person.cadence, person.zone) != (cadence, zone):
            self.story.choose(name, cadence=cadence, zone=zone)
            person.cadence, person.zone = cadence, zone
            self.model.choose(person, self.story.now)

    @rule(name=st.sampled_from(NAMES), wanted=TAGS, unwanted=TAGS)
    def somebody_wants_other_topics(self, name: str, wanted: frozenset[str], unwanted: frozenset[str]) -> None:
        """Choose other topics."""
        person = self.model.people.get(name)
        if person is not None and person.active:
            self.story.choose(name, wanted=tuple(sorted(wanted)), unwanted=tuple(sorted(unwanted)))
            person.wanted, person.unwanted = wanted, unwanted

    @rule(tags=TAGS, old=st.booleans(), draft=st.booleans())
    def a_post_is_written(self, tags: frozenset[str], *, old: bool, draft: bool) -> None:
        """Write a post: news, old news (held), or a draft."""
        title = f"P{len(self.model.posts)}"
        self.dates[title] = "2020-01-01" if old else f"{self.story.now:%Y-%m-%dT%H:%M:%SZ}"
        self.model.posts[title] = Article(tags, published=not draft)
        self._write(title)

    def _write(self, title: str, **changes: object) -> None:
        post = self.model.posts[title]
        for name, value in changes.items():
            setattr(post, name, value)
        self.story.write(title, ", ".join(sorted(post.tags)), draft=not post.published, date=self.dates[title])
        self._told(self.story.round().issues)

    def _told(self, lines: Iterable[IssueLine]) -> None:
        """Follow what became of issues of posts."""
        mails = self.story.mails(all_states=True)
        for line in lines:
            issue = line.issue
            if issue.digest:
                continue
            if issue.state is IssueState.QUEUED:
                title = line.posts[0].removesuffix(".md").upper()
                assert issue.queued_at is not None
                self.model.frozen(issue.key, title, issue.queued_at, mails)
            elif issue.key in self.model.issues:
                self.model.taken_back(issue.key, str(issue.state))
                assert not [m for m in mails if m.issue == issue.key and m.state == "queued"], "what was taken back is not sent"

    @precondition(lambda self: self.model.posts)
    @rule(which=WHICH, published=st.booleans())
    def a_post_is_taken_back_or_published_again(self, which: int, *, published: bool) -> None:
        """Make a post a draft, or publish it."""
        titles = list(self.model.posts)
        self._write(titles[which % len(titles)], published=published)

    @precondition(lambda self: self.model.posts)
    @rule(which=WHICH, tags=TAGS)
    def a_post_is_tagged_anew(self, which: int, tags: frozenset[str]) -> None:
        """Change a post's tags."""
        titles = list(self.model.posts)
        self._write(titles[which % len(titles)], tags=tags)

    def _held(self) -> list[int]:
        return [line.issue.key for line in self.story.desk.issues() if line.issue.state is IssueState.HELD]

    @rule(which=WHICH, release=st.booleans())
    def a_held_issue_is_moved(self, which: int, *, release: bool) -> None:
        """Release or discard one."""
        held = self._held()
        if held:
            key = held[which % len(held)]
            if release:
                self._told(self.story.desk.release([key], None, self.story.now))
            else:
                self._told(self.story.desk.discard([key], None))

    @precondition(lambda self: self.model.posts)
    @rule(which=WHICH)
    def a_post_is_sent_again(self, which: int) -> None:
        """Make a second issue of a post, by hand."""
        titles = [title for title, post in self.model.posts.items() if post.published]
        if titles:
            try:
                line = self.story.desk.new(f"{titles[which % len(titles)].lower()}.md", self.story.now, again=True)
            except UsageError:
                return
            self._told(self.story.desk.release([line.issue.key], None, self.story.now))

    @rule(which=WHICH, what=st.sampled_from(("pause", "resume", "cancel")))
    def the_operator_steps_in(self, which: int, what: str) -> None:
        """Pause, resume or cancel an issue, of a post or a digest."""
        with self.story.state.reading() as tables:
            keys = [issue.key for issue in tables.issues()]
        if not keys:
            return
        key, outgoing = keys[which % len(keys)], self.story.outgoing
        try:
            if what == "cancel":
                outgoing.cancel(key, self.story.now)
            else:
                (outgoing.pause if what == "pause" else outgoing.resume)(key)
        except UsageError:
            return
        if key in self.model.issues:
            title = self.model.issues[key][0]
            self.model.issues[key] = (title, {"pause": "paused", "resume": "queued", "cancel": "cancelled"}[what])
            if what == "cancel":
                self.model.taken_back(key, "cancelled")

    @rule()
    def mail_goes_out(self) -> None:
        """Send what may go."""
        self.story.send()

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        """Let time pass; nothing looks meanwhile."""
        self.story.now += step

    @rule()
    def a_round_is_done(self) -> None:
        """Look at the folder, where nothing changed: what waited for too long is held again."""
        self._told(self.story.round().issues)

    @rule()
    def the_daemon_asks_for_digests(self) -> None:
        """Make the digests that are due."""
        before = self.story.mails(all_states=True)
        self.story.digest()
        known = {mail.key for mail in before}
        new = [mail for mail in self.story.mails(all_states=True) if mail.key not in known]
        self.model.digested(self.story.now, before, new)

    @rule(days=st.integers(1, 12))
    def days_go_by_as_usual(self, days: int) -> None:
        """Let the daemon run for some days: digests at once when they are due, mail sent."""
        for _ in range(days * 4):
            self.story.now += timedelta(hours=6)
            with self.story.state.reading() as tables:
                first = tables.next_digest()
            if first is not None and first <= self.story.now:
                self.the_daemon_asks_for_digests()
        self.mail_goes_out()


TestHistory = History.TestCase
assert settings.default is not None
TestHistory.settings = settings(max_examples=max(12, settings.default.max_examples // 8), stateful_step_count=30)
