"""Posts that are missing: a daemon gives them a while to come, a command has no while."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.publishing.options import Options
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from publisher.publishing.report import Report


POST = "---\ntitle: Post {number}\ndate: 2020-01-0{number}\n---\nWords.\n"
SETTLE = 'settle = "1s"'


class Watched:
    """A site of six posts whose publisher lives on, like the daemon's, as time passes as told."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder)
        config = self.site.config_file
        config.write_text(config.read_text("utf-8").replace("settle = 0", SETTLE), "utf-8")
        self.seconds = 1_000.0
        self.bring()
        opened = self.site.open()
        opened.scanner.clocks = replace(opened.scanner.clocks, monotonic=lambda: self.seconds)
        self.opened, self.publisher = opened, opened.publisher()
        assert self.look().posts["published"] == 6

    def look(self, after: float = 0.0) -> Report:
        """Do a whole round, so many seconds later."""
        self.seconds += after
        self.site.later(seconds=after)
        return self.publisher.publish_once(self.site.now, Options(one_shot=False))

    def bring(self) -> None:
        """Write the posts, or put the folder back."""
        kept = self.site.folder / "kept"
        if kept.exists():
            kept.rename(self.site.posts)
            return
        for number in range(1, 7):
            self.site.write(f"post-{number}.md", POST.format(number=number))

    def most(self) -> None:
        """Delete all posts but one."""
        for number in range(2, 7):
            (self.site.posts / f"post-{number}.md").unlink(missing_ok=True)

    def all(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.site.posts)

    def unmount(self) -> None:
        """Take the folder away, with everything in it."""
        self.site.posts.rename(self.site.folder / "kept")


def _said(report: Report) -> list[str]:
    return [problem.message for problem in report.problems]


@pytest.mark.parametrize("delete", [Watched.most, Watched.all, Watched.unmount])
def test_a_checkout_that_is_seen_in_its_middle_is_no_trouble(
    tmp_path: Path, delete: Callable[[Watched], None]
) -> None:
    """Git deletes before it writes.

    Nothing is said, the feeds stay, and the daemon looks again by itself; time after time.

    The defence is ``Settings.may_come`` as ``decide`` heeds it (seen to fail without), and that
    ``Publisher`` counts from the first of the looks that miss them (seen to fail, at the second
    checkout, where it goes on counting from an earlier one, whether a whole round saw the posts
    come back or one in which nothing happened).
    """
    watched = Watched(tmp_path)
    before = watched.site.bytes()
    for _ in range(3):
        delete(watched)
        for pause in (0.1, 2, 4):
            report = watched.look(pause)
            assert (report.stopped, report.look_again, _said(report)) == (True, True, [])
            assert watched.site.bytes() == before
        watched.bring()
        report = watched.look(2)
        assert (report.stopped, report.look_again, _said(report)) == (False, False, [])
        assert watched.site.bytes() == before


def test_posts_that_do_not_come_back_are_told_of_as_long_as_they_are_missing(
    tmp_path: Path,
) -> None:
    """Also while the others go one by one: it is one problem.

    A daemon that was not there when they went says so as well.

    Seen to fail where ``Publisher._may_come`` has no end, and where it begins anew with each look.
    """
    watched = Watched(tmp_path)
    watched.most()
    assert _said(watched.look(1)) == _said(watched.look(9.5)) == []
    (told,) = _said(watched.look(1))
    assert "has lost more than half of its 6 posts" in told
    (watched.site.posts / "post-1.md").unlink()
    report = watched.look(1)
    assert (report.look_again, _said(report)) == (False, [told])
    watched.all()
    assert "cannot be read" in _said(watched.look(1))[0]
    watched.publisher = watched.opened.publisher()
    assert _said(watched.look()) == []
    assert "cannot be read" in _said(watched.look(11))[0]


def test_a_command_says_at_once_what_is_missing(tmp_path: Path) -> None:
    """Nobody looks again after it. Seen to fail where a one-shot is patient too."""
    watched = Watched(tmp_path)
    watched.most()
    assert watched.site.build().refused
