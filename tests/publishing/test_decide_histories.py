"""Random histories of a folder against a small model.

Queued once, never by accident, shown as published, ids kept.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, rule

from publisher.newsletter.issue import IssueState
from publisher.posts.models import FileKind
from publisher.system.restore_mark import RestoreMark
from tests.publishing.checked_rounds import CheckedRounds
from tests.publishing.round_story import File

AGES = st.sampled_from(
    [
        timedelta(hours=-1),
        timedelta(days=-2),
        timedelta(days=-100),
        timedelta(hours=3),
        timedelta(days=20),
    ]
)
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


class Folder(CheckedRounds):
    """A folder whose owner does anything at all.

    Each post carries its number in its title for ever.
    """

    paths = Bundle("paths")
    graves = Bundle("graves")

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


TestFolder = Folder.TestCase
