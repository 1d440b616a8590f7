"""Random histories of a real folder, built by real rounds that may die between any two steps.

Feeds show exactly what is published.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from lxml import etree
from sqlalchemy import event

from publisher.publishing.options import Options
from tests.end_to_end.site import Site
from tests.torture.scale import scaled

STEPS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.scandir"})
AGES = st.sampled_from([timedelta(days=-1), timedelta(days=-40), timedelta(hours=2)])
POST = (
    "---\ntitle: Post {number}\ndate: {date:%Y-%m-%dT%H:%M:%SZ}\ndraft: {draft}\ntags:"
    " [{tag}]\n---\n{words}\n"
)


@dataclass(frozen=True)
class Written:
    """What stands in a file."""

    number: int
    date: datetime
    draft: bool
    words: str

    def text(self) -> str:
        """Return the file."""
        return POST.format(**vars(self), tag="ab"[self.number % 2])


class RealFolder(RuleBasedStateMachine):
    """A folder whose owner does anything, and a machine that may stop."""

    @initialize()
    def a_site(self) -> None:
        """Begin with one post and a first run."""
        self.folder = Path(tempfile.mkdtemp())
        self.site = Site(self.folder, more="[feeds]\nentries = 100\n")
        self.files: dict[str, Written] = {}
        self.ids: dict[str, str] = {}
        self.number = 0
        self.edited: set[str] = set()
        self.renamed: set[str] = set()
        self.copies: set[str] = set()
        self.create(timedelta(days=-300), draft=False)
        self.look()

    def teardown(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.folder)

    def _save(self, path: str, post: Written) -> None:
        self.files[path] = post
        self.site.write(path, post.text())

    def _any(self, choice: int) -> str | None:
        return sorted(self.files)[choice % len(self.files)] if self.files else None

    @rule(age=AGES, draft=st.booleans())
    def create(self, age: timedelta, *, draft: bool) -> None:
        """Write a new post."""
        self.number += 1
        self._save(
            f"p{self.number}.md",
            Written(self.number, self.site.now + age, draft, f"Words {self.number}."),
        )

    @rule(choice=st.integers(0, 9), draft=st.booleans(), age=AGES)
    def edit(self, choice: int, age: timedelta, *, draft: bool) -> None:
        """Change the words, publish or take back, move the date."""
        if path := self._any(choice):
            post = self._another(path) if path in self.renamed else self.files[path]
            self._save(
                path, replace(post, draft=draft, words=f"{post.words}.", date=self.site.now + age)
            )
            self.edited.add(path)

    @rule(choice=st.integers(0, 9))
    def rename(self, choice: int) -> None:
        """Rename a file."""
        if path := self._any(choice):
            if path in self.edited:
                self._save(path, self._another(path))
            self.number += 1
            name = f"r{self.number}.md"
            self.files[name] = self.files.pop(path)
            (self.site.posts / path).rename(self.site.posts / name)
            self.renamed.add(name)

    def _another(self, path: str) -> Written:
        """Give the file another title.

        Renamed and edited between two looks, it has neither name nor words of what it was.
        """
        self.number += 1
        return replace(self.files[path], number=self.number)

    @rule(
        choice=st.integers(0, 9),
        looks=st.tuples(st.booleans(), st.booleans(), st.booleans()),
        draft=st.booleans(),
    )
    def copy_and_delete_the_other(
        self, choice: int, looks: tuple[bool, bool, bool], *, draft: bool
    ) -> None:
        """Copy a file under another title, perhaps make it a draft, and delete the first.

        Look in between, or not.
        """
        if path := self._any(choice):
            post = self._another(path)
            name = f"c{post.number}.md"
            self.copies.add(f"Post {post.number}")
            for number, look in enumerate(looks):
                if number == 2:
                    self._unlink(path)
                else:
                    self._save(name, replace(post, draft=post.draft or (draft and number == 1)))
                if look:
                    self.look()

    @rule(choice=st.integers(0, 9))
    def delete(self, choice: int) -> None:
        """Delete a file."""
        if path := self._any(choice):
            self._unlink(path)

    def _unlink(self, path: str) -> None:
        del self.files[path]
        (self.site.posts / path).unlink()

    @rule(hours=st.sampled_from([1, 30, 300]))
    def time_passes(self, hours: int) -> None:
        """Let time pass."""
        self.site.later(hours=hours)

    @rule(steps=st.integers(1, 150), again=st.booleans())
    def die(self, steps: int, *, again: bool) -> None:
        """Begin a round, and end without a word after so many steps.

        Files that are opened or moved, statements of the database.
        """
        child = os.fork()
        if child == 0:
            self._round_that_dies(steps)
        os.waitpid(child, 0)
        for name in ("feed.xml", "atom.xml"):
            etree.fromstring((self.folder / "public" / name).read_bytes())
        json.loads((self.folder / "public" / "feed.json").read_bytes())
        if again:
            self.look()

    @rule(steps=st.integers(65, 95))
    def die_about_the_commit(self, steps: int) -> None:
        """The same with news, where the change is remembered and the feeds do not show it yet."""
        self.create(timedelta(days=-1), draft=False)
        self.die(steps, again=True)

    def _round_that_dies(self, steps: int) -> None:
        left = [steps]

        def step(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)

        try:
            site = self.site.open()
            event.listen(site.database.engine, "after_cursor_execute", step)
            event.listen(site.database.engine, "commit", step)
            sys.addaudithook(lambda name, _: step() if name in STEPS else None)
            site.publisher().publish_once(self.site.now, Options())
        finally:
            os._exit(0)

    @rule()
    def look(self) -> None:
        """Do one whole round.

        The feeds show exactly what is published, each post has the id it always had, no issue is
        queued twice.
        """
        if self.site.build().stopped:
            self.site.build(accept_deletions=True)
        self.edited.clear()
        self.renamed.clear()
        feed = json.loads((self.folder / "public" / "feed.json").read_bytes())
        shown = {item["title"]: item["id"] for item in feed["items"]}
        assert len(shown) == len(feed["items"])
        wanted = {
            f"Post {post.number}"
            for post in self.files.values()
            if not post.draft and post.date <= self.site.now
        }
        assert shown.keys() == wanted
        for title, identifier in shown.items():
            # A copy has an id of its own until the post that it is a copy of goes.
            assert title in self.copies or self.ids.setdefault(title, identifier) == identifier
        before = self.site.bytes()
        assert self.site.build().feeds.written == ()
        assert self.site.bytes() == before
        with closing(sqlite3.connect(self.folder / "state" / "publisher.db")) as state:
            queued = [
                subject
                for (subject,) in state.execute(
                    "SELECT subject FROM issues WHERE queued_at IS NOT NULL"
                )
            ]
        assert len(queued) == len(set(queued)), queued


def test_a_real_folder_tells_its_readers_exactly_what_is_published() -> None:
    """Whatever its owner does, and wherever the machine stops.

    See what :meth:`RealFolder.look` asserts.

    The defence is ``feeds_dirty``, which ``publishing/commit.py:record`` stores with the change,
    and which only written feeds clear.
    """
    run_state_machine_as_test(
        RealFolder,
        settings=settings(
            max_examples=scaled(60, 3),
            stateful_step_count=scaled(40, 10),
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
        ),
    )
