"""Rounds over a folder, whole and interrupted, and what must hold after each."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from publisher.database.site_state import SiteState, is_restored
from publisher.issues.models import Settings
from publisher.newsletter.issue import HoldReason, IssueRecord, IssueState
from publisher.posts.models import FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs, PostRecord
from publisher.publishing.decisions.decide import decide
from publisher.system.restore_mark import RestoreMark
from tests.publishing.round_story import MORNING, Story

if TYPE_CHECKING:
    from datetime import datetime


ORIGIN = "https://example.org:443"


def first_title(title: str) -> str:
    """Return the title that a post was written with."""
    return title.partition(",")[0]


class CheckedRounds(RuleBasedStateMachine):
    """Decides rounds, and checks that each post is news at most once and shown as published."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(
            settings=Settings(one_shot=False, posts="1", reading="1", burst=3, page_origin=ORIGIN)
        )
        self.mark: RestoreMark | None = None
        self.number = 0
        self.expected_by_author: set[str] = set()
        self.ids: dict[int, str] = {}
        self.backup: tuple[SiteState, dict[int, PostRecord], dict[int, IssueRecord]] | None = None
        self.clock_back = False
        self.unmarked: list[str] = []
        self.queued_then: list[str] = []
        self.hiding: set[int] = set()

    @rule()
    def crash_before_commit(self) -> None:
        """Decide, and lose everything."""
        self._decide()

    @rule()
    def crash_before_the_mark(self) -> None:
        """Commit, and die before the mark is written."""
        self._round(mark=False)

    @rule()
    def look(self) -> None:
        """Do one round."""
        self._round()

    @rule()
    def unmounted(self) -> None:
        """Look while the folder is not there."""
        self.story.missing = True
        shown = self.story.shown()
        assert self.story.round(restored=self._restored()).stopped
        assert self.story.shown().keys() >= shown.keys()
        self.story.missing = False

    @rule()
    def emptied(self) -> None:
        """Look while the folder is empty, as a mount point is, and once more when it is back."""
        files, self.story.files = self.story.files, {}
        self._round()
        self.story.files = files
        self._round()

    def _restored(self) -> bool:
        return is_restored(self.story.memory, self.mark, "")

    def _decide(self) -> None:
        settings = replace(
            self.story.settings,
            restored=self._restored(),
            mark_counter=self.mark.counter if self.mark else 0,
        )
        records, issues = list(self.story.records.values()), list(self.story.issues.values())
        decide(
            self.story.memory,
            records,
            issues,
            self.story.sight(settings),
            settings,
            self.story.now,
            self.story,
        )

    def _round(self, *, mark: bool = True) -> None:
        story = self.story
        self.clock_back = story.memory.latest is not None and story.memory.latest > story.now
        known = {
            first_title(row.facts.title): row.known_as
            for row in story.records.values()
            if row.facts is not None
        }
        queued = len(story.queued)
        later, issues = self._untouched_and_later(), frozenset(story.issues)
        changes = story.round(
            restored=self._restored(), mark_counter=self.mark.counter if self.mark else 0
        )
        self.stopped = changes.stopped
        self.expected_by_author |= {
            title for title, was in known.items() if was in {KnownAs.DRAFT, KnownAs.SCHEDULED}
        }
        assert story.online or len(story.queued) == queued, "queued although the page is not up"
        for title in story.queued[queued:]:
            self._was_news(first_title(title), changes.instant)
        if not changes.stopped:
            self._hidden_stays_hidden()
        self._was_not_read_into_news(later, issues, changes.instant)
        self.unmarked = [] if mark else [*self.unmarked, *story.queued[queued:]]
        if mark:
            self.mark = RestoreMark(story.memory.instance, story.memory.counter)

    def _hidden_stays_hidden(self) -> None:
        """What its author hid is in no feed, and not either while its file does not read.

        It has no issue that could be mailed.
        """
        shown, rows = (
            self.story.shown(),
            {row.path: row for row in self.story.records.values() if row.gone_at is None},
        )
        for path, row in rows.items():
            file = self.story.files[path]
            if file.kind is FileKind.IGNORED:
                self.hiding.add(row.key)
            elif file.kind is FileKind.POST and file.quiet:
                self.hiding.discard(row.key)
            if row.key in self.hiding and file.kind is not FileKind.POST:
                assert path not in shown, f"{path} is shown though it was hidden"
            if file.quiet and (
                file.kind is FileKind.IGNORED or (file.kind is FileKind.POST and file.doubt)
            ):
                assert self.story.reason(path) not in {
                    "waiting",
                    *HoldReason,
                }, f"{path} could be mailed though it was hidden"

    def _untouched_and_later(self) -> dict[str, datetime]:
        """Return the dates last read of scheduled posts with untouched files, by path."""
        return {
            row.path: row.facts.published
            for row in self.story.records.values()
            if row.gone_at is None
            and row.facts is not None
            and row.facts.published is not None
            and row.path in self.story.files
            if row.decided_hash == self.story.files[row.path].source()
            and row.known_as is KnownAs.SCHEDULED
        }

    def _was_not_read_into_news(
        self, later: dict[str, datetime], known: frozenset[int], instant: datetime
    ) -> None:
        """A post whose date comes only because it is read differently is not mailed.

        ``publishing/decisions/hold_rules.py:_read_differently``.
        """
        for path, date in later.items():
            issue = self.story.issue(path) if date > instant else None
            assert issue is None or issue.key in known or issue.state is IssueState.HELD, (
                f"{path} is mailed though only read anew"
            )

    def _was_news(self, title: str, instant: object) -> None:
        """Only what an author published, or what is fresh, is mailed."""
        rows = [
            row
            for row in self.story.records.values()
            if row.facts is not None and first_title(row.facts.title) == title
        ]
        fresh = any(
            row.facts is not None
            and row.facts.published is not None
            and row.facts.published >= instant - timedelta(days=17)  # type: ignore[operator]
            for row in rows
        )
        assert fresh or title in self.expected_by_author, (
            f"{title} was mailed though nobody published it now"
        )

    @invariant()
    def queued_at_most_once(self) -> None:
        """No post is queued twice, whatever happened, under whatever title."""
        queued = [first_title(title) for title in self.story.queued]
        assert len(queued) == len(set(queued)), queued

    @invariant()
    def ids_never_change(self) -> None:
        """The id of a post is the first one it got."""
        for row in self.story.records.values():
            if row.feed_id is not None:
                assert self.ids.setdefault(row.key, row.feed_id) == row.feed_id

    @invariant()
    def one_open_issue_at_most(self) -> None:
        """A post never has two issues that could still be mailed."""
        open_posts = [
            i.posts
            for i in self.story.issues.values()
            if i.state in {IssueState.HELD, IssueState.WAITING}
        ]
        assert len(open_posts) == len(set(open_posts))

    @rule()
    def feeds_show_what_is_published(self) -> None:
        """After a round with quiet, readable files the feeds show exactly the published posts."""
        self._round()
        if (
            self.stopped
            or self.clock_back
            or any(file.kind is not FileKind.POST for file in self.story.files.values())
        ):
            return
        instant = self.story.memory.latest or MORNING
        rows = {row.path: row for row in self.story.records.values() if row.gone_at is None}
        assert rows.keys() == self.story.files.keys()
        for path, file in self.story.files.items():
            date = file.instant(self.story.zone)
            published = not file.draft and (date is None or date <= instant)
            if file.doubt:
                continue  # in the feeds only where it was before
            assert (status_at(rows[path], instant) is KnownAs.PUBLISHED) == published
