"""A round that sees at once that nothing happened comes to what a whole round comes to."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from publisher.pipeline import Options, Publisher
from tests.end_to_end.site import Site
from tests.pipeline.test_edits import Running
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.pipeline import Report

POST = "---\ntitle: {title}\ndate: {date}\ndraft: {draft}\n{more}---\nWords {words}.\n"


class Thorough(Publisher):
    """Never sees at once that nothing happened."""

    def _unchanged(self, *_: object) -> None:
        return None


class Pair:
    """Two folders with the same history: one is built as always, the other by whole rounds only."""

    def __init__(self, folder: Path) -> None:
        self.quick, self.thorough = Site(folder / "quick"), Site(folder / "thorough")
        self.at_once = 0

    def both(self) -> tuple[Site, Site]:
        """Give both sites."""
        return self.quick, self.thorough

    def build(self) -> None:
        """Do a round in each, and compare what came of it."""
        ours, whole = _build(self.quick, Publisher), _build(self.thorough, Thorough)
        assert _shown(ours) == _shown(whole)
        assert _feeds(self.quick) == _feeds(self.thorough)
        opened = self.quick.open()
        again = Publisher(opened)
        self.at_once += again._unchanged(opened.read_mark(), opened.looker.folder.scan(), self.quick.now, Options()) is not None
        opened.state.close()  # type: ignore[attr-defined]


def _build(site: Site, kind: type[Publisher]) -> Report:
    opened = site.open()
    try:
        return kind(opened).publish_once(site.now)
    finally:
        opened.state.close()  # type: ignore[attr-defined]


def _shown(report: Report) -> tuple[object, ...]:
    issues = [(line.issue.state, line.issue.reason, line.issue.subject, line.posts) for line in report.issues]
    return dict(report.posts), report.feeds.written, report.feeds.unchanged, issues, report.problems, report.stopped, report.next_due


def _feeds(site: Site) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((site.folder / "public").iterdir())}


WHAT = ("write", "write", "write", "break", "ignore", "delete", "rename", "touch", "wait", "wait", "wait", "clock", "lose")


def _step(pair: Pair, chance: random.Random, number: int) -> None:
    """Do the same thing in both folders."""
    names = sorted(path.name for path in pair.quick.posts.iterdir())
    name, what = chance.choice([*names, f"post-{number}.md"]), chance.choice(WHAT)
    day = pair.quick.now + timedelta(days=chance.choice([-400, -1, 0, 0, 1]))
    more = chance.choice(["", "", "", "newsletter: false\n", f"expires: {pair.quick.now + timedelta(hours=3):%Y-%m-%d %H:%M}\n"])
    draft = chance.choice(["false", "false", "true"])
    texts = {
        "write": POST.format(title=f"Title {number}", date=f"{day:%Y-%m-%d}", draft=draft, more=more, words=number),
        "break": "---\ntitle: [a\n---\nBroken.\n",
        "ignore": "No front matter.\n",
    }
    pause = chance.choice([0, 60, 3600, 86_400, 864_000])
    for site in pair.both():
        path = site.posts / name
        if what in texts:
            site.write(name, texts[what])
        elif what in {"wait", "clock"}:
            site.later(seconds=pause if what == "wait" else -min(pause, 3600))
        elif what == "lose":
            (site.folder / "public" / "feed.xml").unlink(missing_ok=True)
        elif path.exists():
            _meddle(path, what, number, is_last=len(names) < 3)


def _meddle(path: Path, what: str, number: int, *, is_last: bool) -> None:
    if what == "delete" and not is_last:
        path.unlink()
    elif what == "rename":
        path.rename(path.with_name(f"moved-{number}.md"))
    elif what == "touch":
        os.utime(path, ns=(number, number))


@pytest.mark.parametrize("seed", range(scaled(20, 2)))
def test_whole_histories_come_to_the_same(tmp_path: Path, seed: int) -> None:
    """Files, time and the clock in any order; seen to fail when what falls due, a lost feed or the clock is not asked for."""
    pair, chance = Pair(tmp_path), random.Random(seed)
    for site in pair.both():
        for number in range(3):
            site.write(f"old-{number}.md", POST.format(title=f"Old {number}", date="2020-01-01", draft="false", more="", words=number))
    for number in range(scaled(100, 40)):
        pair.build()
        _step(pair, chance, number)
    pair.build()
    assert pair.at_once > 0, "it was never seen at once"


def test_a_round_without_news_reads_no_file(tmp_path: Path) -> None:
    """Not one; and time goes on: the clock that is set back afterwards is noticed."""
    site = Site(tmp_path)
    site.write("a.md", POST.format(title="A", date="2020-01-01", draft="false", more="", words="a"))
    site.write("b.md", POST.format(title="B", date="2026-03-05", draft="false", more="", words="b"))
    site.build()
    site.later(days=1)
    (site.posts / "a.md").chmod(0)
    report = site.build()
    assert (report.posts["published"], report.posts["scheduled"]) == (1, 1)
    site.later(hours=-6)
    assert [problem.found for problem in site.build().problems if "clock" in problem.found]
    site.later(days=3)
    assert site.build().posts["published"] == 2, "what fell due is published"


def _calm(folder: Path) -> Running:
    """Give a site in two rounds of which nothing happened, an hour apart."""
    running = Running(folder)
    running.site.write("a.md", POST.format(title="A", date="2020-01-01", draft="false", more="", words="a"))
    for _ in range(3):
        running.site.later(hours=1)
        running.round()
    return running


def test_an_edit_between_two_rounds_is_seen_though_the_file_is_as_it_was(tmp_path: Path) -> None:
    """Put back with the size and the time it had: the row is that of the edit.

    Seen to fail where ``publish_edits`` forgets no calm round.
    """
    running = _calm(tmp_path)
    path = running.site.posts / "a.md"
    before, text = path.stat(), path.read_text("utf-8")
    path.write_text(text.replace("Words a", "Edited!"), "utf-8")
    assert running.edits("a.md") is not None
    assert b"Edited!" in (tmp_path / "public" / "feed.xml").read_bytes()
    path.write_text(text, "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    running.site.later(hours=1)
    assert "feed.xml" in running.round()
    assert b"Words a" in (tmp_path / "public" / "feed.xml").read_bytes()


def test_what_another_process_did_between_two_rounds_is_seen(tmp_path: Path) -> None:
    """Rows are compared again when the counter moved; seen to fail where ``stay_calm`` does not compare it."""
    running = _calm(tmp_path)
    with running.site.open().state.writing_core() as tables:
        (row,) = tables.records()
        tables.update_records([row._replace(decided_hash="")])
        tables.bump()
    running.site.later(hours=1)
    running.round()
    with running.opened.state.reading_core() as tables:
        (row,) = tables.records()
    assert row.decided_hash == row.source_hash
