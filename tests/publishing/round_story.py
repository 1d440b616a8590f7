"""A site told as a story.

Files are written, time passes, rounds are decided, and everything is remembered in plain values.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from publisher.database.site_state import SiteState
from publisher.errors import Level, Problem
from publisher.issues.models import Settings
from publisher.newsletter.issue import IssueRecord, IssueState
from publisher.posts.models import FileKind, NewsletterSwitch, Post, Reading
from publisher.posts.post_status import is_visible
from publisher.posts.scan import ScannedFile, ScanResult
from publisher.posts.summary import summarize
from publisher.publishing.decisions.decide import decide
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from publisher.posts.records import PostRecord
    from publisher.publishing.decisions.models import Changes


MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class File:
    """One file of the story's folder."""

    title: str = "A title"
    body: str = "Some words."
    date: datetime | None = MORNING - timedelta(days=1)
    draft: bool = False
    expires: datetime | None = None
    modified: datetime | None = None
    id: str | None = None
    send: bool = True
    asked: bool = False
    feed: bool = True
    tags: tuple[str, ...] = ()
    kind: FileKind = FileKind.POST
    reason: str = ""
    slug: str = ""
    release: datetime | None = None
    doubt: str = ""
    quiet: bool = True

    def source(self) -> str:
        """What the file says, as one string: other words, other bytes."""
        return hashlib.sha256(repr(replace(self, quiet=True)).encode()).hexdigest()

    def instant(self, zone: timedelta) -> datetime | None:
        """Return the instant that its date means in a zone so far ahead of UTC."""
        return self.date - zone if self.date is not None else None

    def reading(self, path: str, zone: timedelta) -> Reading:
        """Read the file as the reader would."""
        if self.kind is FileKind.INVALID:
            return Reading(
                path,
                FileKind.INVALID,
                problems=(Problem(path, 3, Level.ERROR, "It is broken.", "Mend it."),),
            )
        if self.kind is FileKind.IGNORED:
            return Reading(path, FileKind.IGNORED, reason=self.reason)
        slug = self.slug or path.rsplit("/", 1)[-1].removesuffix(".md")
        written = self.date.strftime("%Y-%m-%d") if self.date else ""
        post = Post(
            path=path, dialect="jekyll", title=self.title, slug=slug,
            url=f"https://example.org/{slug}/", explicit_id=self.id,
            draft=self.draft, published=self.instant(zone), date_written=written,
            expires=self.expires, modified=self.modified,
            tags=self.tags, newsletter=NewsletterSwitch(send=self.send, asked=self.asked),
            feed=self.feed,
            release=self.release and self.release - zone,
            doubt=self.doubt,
        )  # fmt: skip
        return Reading(path, FileKind.POST, post, self.body)


@dataclass
class Story:
    """The folder, the clock and everything remembered; ``round`` decides and applies.

    ``zone`` is how far the site's is ahead of UTC. ``strict`` says how posts with a tag of that
    name are read, whatever their bytes say. ``bodies`` are those of the rows, as the catalogue
    keeps them; ``asked_bodies`` are the rows whose bodies were asked for. ``online`` says whether
    the site's pages are up; None: a round has no time to ask. ``asked`` are those asked for.
    """

    settings: Settings = field(
        default_factory=lambda: Settings(one_shot=True, posts="p", reading="r")
    )
    now: datetime = MORNING
    files: dict[str, File] = field(default_factory=dict)
    memory: SiteState = field(default_factory=lambda: SiteState("db"))
    records: dict[int, PostRecord] = field(default_factory=dict)
    issues: dict[int, IssueRecord] = field(default_factory=dict)
    missing: bool = False
    online: bool | None = True
    zone: timedelta = timedelta(0)
    strict: dict[str, dict[str, object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    last: Changes | None = None
    bodies: dict[int, str] = field(default_factory=dict)
    asked_bodies: list[int] = field(default_factory=list)
    _stats: dict[str, tuple[str, int]] = field(default_factory=dict)
    _clock: int = 0
    _keys: int = 0

    def write(self, path: str, file: File | None = None, **changes: object) -> Story:
        """Write a file, or change what is given of the one that is there."""
        base = file or self.files.get(path, File())
        self.files[path] = replace(base, **changes)  # type: ignore[arg-type]
        return self

    def remove(self, path: str) -> Story:
        """Delete a file."""
        del self.files[path]
        return self

    def rename(self, path: str, target: str) -> Story:
        """Rename a file; a slug that its name gave moves with the name."""
        self.files[target] = self.files.pop(path)
        return self

    def later(self, **delta: float) -> Story:
        """Let time pass."""
        self.now += timedelta(**delta)
        return self

    def round(self, **settings: object) -> Changes:
        """Decide one round and remember what it decided."""
        used = replace(self.settings, **settings)  # type: ignore[arg-type]
        changes = self._decide(used)
        if changes.pages and self.online is not None:
            self.asked += changes.pages
            changes = self._decide(
                replace(used, pages_up=dict.fromkeys(changes.pages, self.online))
            )
        self.apply(changes)
        return changes

    def _decide(self, used: Settings) -> Changes:
        return decide(
            self.memory,
            list(self.records.values()),
            list(self.issues.values()),
            self.sight(used),
            used,
            self.now,
            self,
        )

    def seen(self, look: ScannedFile) -> str:
        """Return the body of a file."""
        return self.files[look.reading.path].body

    def kept(self, keys: Collection[int]) -> dict[int, str]:
        """Return bodies as they are remembered."""
        self.asked_bodies += keys
        return {key: self.bodies[key] for key in keys if key in self.bodies}

    def sight(self, settings: Settings) -> ScanResult:
        """Look at the folder as the pipeline would: only at what is new, changed or undecided."""
        if self.missing:
            return ScanResult(
                frozenset(),
                {},
                Problem("", None, Level.ERROR, "The folder is not there.", "Bring it back."),
            )
        living = {record.path: record for record in self.records.values() if record.gone_at is None}
        again = self.memory.scanned and self.memory.reading != settings.reading
        looks = {}
        for path, file in self.files.items():
            row, stat = living.get(path), self._stat(path, file)
            if again or row is None or row.stat != stat or row.decided_hash != row.source_hash:
                looks[path] = self._look(path, file, stat)
        return ScanResult(frozenset(self.files), looks)

    def _stat(self, path: str, file: File) -> FileStat:
        source = file.source()
        known = self._stats.get(path)
        if known is None or known[0] != source:
            self._clock += 1
            self._stats[path] = (source, self._clock)
        return FileStat(1, self._stats[path][1], 1)

    def _look(self, path: str, file: File, stat: FileStat) -> ScannedFile:
        read = replace(
            file,
            **{  # type: ignore[arg-type]
                name: value for tag in file.tags for name, value in self.strict.get(tag, {}).items()
            },
        )
        reading, facts = read.reading(path, self.zone), None
        if reading.post is not None:
            facts = summarize(
                reading.post, reading.body, site_url="https://example.org", preset="/{slug}/"
            )
        source = (lambda: (b"", b"")) if facts is not None else None
        return ScannedFile(stat, file.source(), reading, facts, settled=file.quiet, source=source)

    def apply(self, changes: Changes) -> None:
        """Remember what a round decided, as the pipeline's transaction would."""
        self.last, self.memory = changes, changes.memory
        self._merge(changes.merged)
        keys = {}
        for record in changes.records:
            key = record.key or self._next_key()
            self.records[key] = record._replace(key=key)
            keys[record.path] = key
            file = self.files.get(record.path)
            if record.gone_at is None and file is not None and file.kind is FileKind.POST:
                self.bodies[key] = file.body
        living = {record.path: record.key for record in self.records.values()}
        for order in changes.orders:
            issue = order.issue
            key = issue.key or max(self.issues, default=0) + 1
            posts = issue.posts or (keys.get(order.path) or living[order.path],)
            facts = self.records[posts[0]].facts
            assert facts is not None
            self.issues[key] = replace(issue, key=key, posts=posts, entry=facts.entry)
            if issue.state is IssueState.QUEUED:
                self.queued.append(facts.title)
        assert {
            key for issue in self.issues.values() for key in issue.posts
        } <= self.records.keys(), "an issue of a post that is none"

    def _merge(self, merged: Mapping[int, int]) -> None:
        """Let rows give way to others, with all that refers to them."""
        for key, issue in self.issues.items():
            self.issues[key] = replace(
                issue, posts=tuple(merged.get(post, post) for post in issue.posts)
            )
        for given, taker in merged.items():
            del self.records[given]
            self.bodies[taker] = self.bodies.pop(given, self.bodies.get(taker, ""))

    def _next_key(self) -> int:
        self._keys += 1
        return self._keys

    def row(self, path: str) -> PostRecord:
        """Return the row of a living path."""
        return next(
            record
            for record in self.records.values()
            if record.path == path and record.gone_at is None
        )

    def issue(self, path: str) -> IssueRecord | None:
        """Return the newest issue of a path's post."""
        key = self.row(path).key
        return max(
            (issue for issue in self.issues.values() if key in issue.posts),
            key=lambda issue: issue.key,
            default=None,
        )

    def reason(self, path: str) -> str:
        """Return why the path's newest issue is held; its state where it is not.

        Nothing where there is none.
        """
        issue = self.issue(path)
        if issue is None:
            return ""
        return str(issue.reason) if issue.state is IssueState.HELD else str(issue.state)

    def shown(self) -> dict[str, str]:
        """What feeds show: feed ids by path."""
        instant = self.memory.latest or self.now
        return {
            row.path: row.feed_id or "" for row in self.records.values() if is_visible(row, instant)
        }


def settled(**settings: object) -> Story:
    """Start a story on a site that was scanned once already, with one old post in it."""
    story = Story(settings=replace(Settings(one_shot=True, posts="p", reading="r"), **settings))  # type: ignore[arg-type]
    story.write(
        "first.md", title="The first post", date=MORNING - timedelta(days=300), body="Long ago."
    )
    story.round()
    story.later(minutes=30)
    return story
