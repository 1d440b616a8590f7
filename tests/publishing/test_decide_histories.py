"""Random histories of a folder against a small model.

Queued once, never by accident, shown as published, ids kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from publisher.database.site_state import SiteState, is_restored
from publisher.issues.models import Settings
from publisher.newsletter.issue import HoldReason, IssueRecord, IssueState
from publisher.posts.models import FileKind
from publisher.posts.post_status import status_at
from publisher.posts.records import KnownAs, PostRecord
from publisher.publishing.decisions.decide import decide
from publisher.system.restore_mark import RestoreMark
from tests.publishing.round_story import MORNING, File, Story

if TYPE_CHECKING:
    from datetime import datetime


AGES = st.sampled_from(
    [
        timedelta(hours=-1),
        timedelta(days=-2),
        timedelta(days=-100),
        timedelta(hours=3),
        timedelta(days=20),
    ]
)
ORIGIN = "https://example.org:443"
STEPS = st.sampled_from(
    [
        timedelta(seconds=30),
        timedelta(minutes=7),
        timedelta(hours=5),
        timedelta(days=9),
        timedelta(days=400),
    ]
)
BACK = st.sampled_from([timedelta(days=2), timedelta(days=400)])
ZONES = st.sampled_from([timedelta(0), timedelta(hours=14), timedelta(hours=-10)])


def _first_title(title: str) -> str:
    """Give the title that a post was written with."""
    return title.partition(",")[0]


class Folder(RuleBasedStateMachine):
    """A folder whose owner does anything at all.

    Each post carries its number in its title for ever.
    """

    paths = Bundle("paths")
    graves = Bundle("graves")

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

    @initialize(count=st.integers(0, 3))
    def a_site(self, count: int) -> None:
        """Begin with a few posts and a first run."""
        for _ in range(count):
            self.number += 1
            self.story.write(f"p{self.number}.md", self._file(timedelta(days=-50)))
        self._round()

    def _file(self, age: timedelta, *, draft: bool = False) -> File:
        slug = f"post-{self.number}"
        body = " ".join(f"word-{self.number}-{count}" for count in range(12))
        return File(
            title=f"Post {self.number}",
            body=body,
            slug=slug,
            date=self.story.now + age,
            draft=draft,
        )

    @rule(target=paths, age=AGES, draft=st.booleans(), quiet=st.booleans())
    def create(self, age: timedelta, *, draft: bool, quiet: bool) -> str:
        """Write a new post."""
        self.number += 1
        path = f"p{self.number}.md"
        self.story.write(path, replace(self._file(age, draft=draft), quiet=quiet))
        return path

    def _there(self, path: str) -> bool:
        return path in self.story.files

    @rule(path=paths, words=st.text("ab", max_size=3))
    def edit(self, path: str, words: str) -> None:
        """Change the words of a post."""
        if self._there(path):
            self.story.write(path, body=self.story.files[path].body + words, quiet=True)

    @rule(path=paths, draft=st.booleans())
    def publish_or_not(self, path: str, *, draft: bool) -> None:
        """Publish a draft, or take a post back."""
        if self._there(path):
            self.story.write(path, draft=draft, quiet=True)

    @rule(path=paths, broken=st.booleans())
    def break_or_mend(self, path: str, *, broken: bool) -> None:
        """Save a file that does not read, or mend it."""
        if self._there(path):
            self.story.write(path, kind=FileKind.INVALID if broken else FileKind.POST)

    @rule(path=paths, way=st.sampled_from(["hidden", "doubtful", "open"]))
    def hide_or_show(self, path: str, way: str) -> None:
        """Mark a post as not for readers, or with a word nobody knows, or take both marks away."""
        if self._there(path):
            kind, doubt = (
                FileKind.IGNORED if way == "hidden" else FileKind.POST,
                "status: stub" if way == "doubtful" else "",
            )
            self.story.write(path, kind=kind, reason="hidden: true", doubt=doubt, quiet=True)

    @rule(path=paths, age=AGES)
    def move_date(self, path: str, age: timedelta) -> None:
        """Change the date of a post."""
        if self._there(path):
            self.story.write(path, date=self.story.now + age, quiet=True)

    @rule(target=paths, path=consumes(paths))
    def rename(self, path: str) -> str:
        """Rename a file."""
        self.number += 1
        target = f"r{self.number}.md"
        if self._there(path):
            self.story.rename(path, target)
        return target

    @rule(target=paths, path=paths)
    def copy(self, path: str) -> str:
        """Copy a file, as people do to start the next post from the last."""
        self.number += 1
        target = f"c{self.number}.md"
        if self._there(path):
            self.story.write(target, self.story.files[path])
        return target

    @rule(
        target=paths,
        path=consumes(paths),
        words=st.sampled_from(["", "More words, but not many."]),
        looked=st.booleans(),
    )
    def retitle_and_rename(self, path: str, words: str, *, looked: bool) -> str:
        """Rename a file, and give it another title, in one commit or with a look in between.

        It may get other words too.

        Where it was edited since the last look, its words stay: with another date as well it would
        be another post.
        """
        self.number += 1
        target = f"t{self.number}.md"
        if self._there(path):
            file = self.story.files[path]
            is_seen = any(
                r.path == path and r.gone_at is None and r.source_hash == file.source()
                for r in self.story.records.values()
            )
            more = f" {words}" if is_seen and words else ""
            self.story.write(
                target,
                replace(file, title=f"{file.title}, better", body=file.body + more, quiet=True),
            )
            if looked:
                self._round()
            self.story.remove(path)
        return target

    @rule(path=paths, hidden=st.booleans())
    def hide_or_not(self, path: str, *, hidden: bool) -> None:
        """Keep a post out of the feeds, or not; it is published all the same."""
        if self._there(path):
            self.story.write(path, feed=not hidden, quiet=True)

    @rule(path=paths, other=paths, looks=st.tuples(st.booleans(), st.booleans()))
    def draft_one_and_delete_the_other(
        self, path: str, other: str, looks: tuple[bool, bool]
    ) -> None:
        """Take a post back, and delete one that it may be a copy of."""
        if self._there(path) and self._there(other) and path != other:
            self.story.write(path, draft=True, quiet=True)
            if looks[0]:
                self._round()
            self.story.remove(other)
            if looks[1]:
                self._round()

    @rule(target=graves, path=consumes(paths))
    def delete(self, path: str) -> tuple[str, File | None]:
        """Delete a file."""
        return path, self.story.files.pop(path, None)

    @rule(target=paths, grave=consumes(graves))
    def undelete(self, grave: tuple[str, File | None]) -> str:
        """Bring a deleted file back."""
        path, file = grave
        if file is not None and not self._there(path):
            self.story.files[path] = file
        return path

    @rule(step=STEPS)
    def time_passes(self, step: timedelta) -> None:
        """Let time pass; what was being written is finished by then."""
        self.story.now += step
        self.story.files = {
            path: replace(file, quiet=True) for path, file in self.story.files.items()
        }

    @rule(step=BACK)
    def clock_is_set_back(self, step: timedelta) -> None:
        """Set the clock back, perhaps after it had run far ahead."""
        self.story.now -= step

    @rule(online=st.sampled_from([True, False, None]))
    def site_goes_up_or_down(self, *, online: bool | None) -> None:
        """Deploy the site, or lose it, or let it hang."""
        self.story.online = online

    @rule()
    def settings_change(self) -> None:
        """Change ``[posts]`` or upgrade the program."""
        version = str(int(self.story.settings.posts) + 1)
        self.story.settings = replace(self.story.settings, posts=version, reading=version)

    @rule(zone=ZONES)
    def zone_changes(self, zone: timedelta) -> None:
        """Give the site another time zone: every date in every file means another instant."""
        self.story.zone = zone
        self.settings_change()

    @rule()
    def moves_east(self) -> None:
        """Schedule a post for later today, and move to where later is now."""
        self.number += 1
        self.story.write(f"e{self.number}.md", self._file(self.story.zone + timedelta(hours=3)))
        self._round()
        self.zone_changes(self.story.zone + timedelta(hours=4))
        self._round()

    @rule()
    def deliver(self) -> None:
        """Send what is queued, to the end.

        A sender writes the mark first, and of an older copy it sends nothing.
        """
        if self._restored():
            return
        self.mark, self.unmarked = (
            RestoreMark(self.story.memory.instance, self.story.memory.counter),
            [],
        )
        for key, issue in self.story.issues.items():
            if issue.state is IssueState.QUEUED:
                self.story.issues[key] = replace(issue, state=IssueState.SENT)

    @rule()
    def back_up(self) -> None:
        """Copy the database."""
        self.backup = (self.story.memory, dict(self.story.records), dict(self.story.issues))
        self.queued_then = list(self.story.queued)

    @rule()
    def restore(self) -> None:
        """Bring the older copy of the database back; the mark stays what it is.

        What was queued and never marked was never sent: a sender writes the mark before it claims
        anything.
        """
        if self.backup is not None:
            for title in set(self.unmarked) - set(self.queued_then):
                self.story.queued.remove(title)
            self.unmarked = []
            memory, records, issues = self.backup
            self.story.memory, self.story.records, self.story.issues = (
                memory,
                dict(records),
                dict(issues),
            )
            self.ids = {
                key: record.feed_id for key, record in records.items() if record.feed_id is not None
            }

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
            _first_title(row.facts.title): row.known_as
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
            self._was_news(_first_title(title), changes.instant)
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
        """Give the dates last read of scheduled posts whose files nobody touched since, by path."""
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
            if row.facts is not None and _first_title(row.facts.title) == title
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
        queued = [_first_title(title) for title in self.story.queued]
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


TestFolder = Folder.TestCase
