"""Whatever a file raises is a problem of that file.

Everything beside it is published, and what was good before stays.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from publisher.cli.checking import check_site
from publisher.errors import Level
from publisher.posts.folder import PostsFolder
from publisher.posts.folder import tree as scanning
from publisher.posts.parser import PostParser
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.markup.models import Markup, Rendered
    from publisher.posts.models import Reading, SourceFile

GOOD = "---\ntitle: Good {}\ndate: 2026-03-0{}\n---\nGood words {}.\n"
RAISED = [
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    AssertionError("no"),
    KeyError("x"),
    ValueError("half\nof it"),
]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site with two posts that were announced long ago."""
    found = Site(tmp_path)
    for number in (1, 2):
        found.write(f"good-{number}.md", GOOD.format(number, number, number))
    found.build()
    found.later(minutes=20)
    return found


def _raise_for(monkeypatch: pytest.MonkeyPatch, mark: str, error: Exception) -> None:
    """Let reading a file that holds a mark raise.

    No input is known that does, or it would be mended.
    """
    read = PostParser.read

    def read_or_raise(self: PostParser, file: SourceFile) -> Reading:
        if mark.encode() in file.data:
            raise error
        return read(self, file)

    monkeypatch.setattr(PostParser, "read", read_or_raise)


def _feed(site: Site) -> str:
    return (site.folder / "public" / "feed.xml").read_text("utf-8")


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_what_reading_a_file_raises_is_that_files_problem(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """By name, with a cure, its traceback in the log once; the others are published.

    A post that was good keeps its last good version.
    """
    _raise_for(monkeypatch, "POISON", error)
    site.write("new.md", "---\ntitle: New\ndate: 2026-03-02\n---\nNew words.\n")
    site.write("bad.md", "---\ntitle: Bad\ndate: 2026-03-02\n---\nPOISON\n")
    site.write("good-2.md", "---\ntitle: Changed\ndate: 2026-03-02\n---\nPOISON\n")
    with caplog.at_level(logging.ERROR):
        report = site.build()
    problems = {problem.path: problem for problem in report.problems}
    assert set(problems) == {"bad.md", "good-2.md"}
    assert type(error).__name__ in problems["bad.md"].found
    assert problems["bad.md"].level is Level.ERROR
    assert "report" in problems["bad.md"].cure
    assert "New words" in _feed(site)
    assert "Good words 2" in _feed(site)
    assert "POISON" not in _feed(site)
    assert [line.issue.subject for line in report.issues] == ["New"]
    told = [record for record in caplog.records if record.exc_info]
    assert len(told) == 2
    caplog.clear()
    assert site.build().problems == tuple(sorted(report.problems))
    assert not caplog.records, "it is not read again while it is as it was"


def test_who_stops_the_program_stops_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C while a file is read is not that file's problem."""

    def stop(_self: PostParser, _file: SourceFile) -> Reading:
        raise KeyboardInterrupt

    monkeypatch.setattr(PostParser, "read", stop)
    site.write("new.md", "---\ntitle: New\n---\nx\n")
    with pytest.raises(KeyboardInterrupt):
        site.build()


@pytest.fixture
def poisonous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a body with a mark in it raise where it is rendered."""
    from publisher.markup import render as module

    whole = module.render

    def render(
        body: str,
        markup: Markup,
        *,
        base_url: str,
        path: str = "",
        body_line: int = 1,
        native: frozenset[str] | None = None,
    ) -> Rendered:
        if "POISON" in body:
            raise RecursionError("too deep")
        return whole(body, markup, base_url=base_url, path=path, body_line=body_line, native=native)

    monkeypatch.setattr(module, "render", render)
    monkeypatch.setattr("publisher.cli.checking.render", render)


@pytest.mark.usefixtures("poisonous")
def test_a_body_that_cannot_be_rendered_keeps_its_post_as_it_was(site: Site) -> None:
    """A new one is in no feed and its newsletter is held; one that was good keeps the body it had.

    The others go on.
    """
    site.write("new.md", "---\ntitle: New\ndate: 2026-03-02\n---\nNew words.\n")
    site.write("bad.md", "---\ntitle: Bad\ndate: 2026-03-02\n---\nPOISON in other words.\n")
    site.write("good-2.md", "---\ntitle: Good 2\ndate: 2026-03-02\n---\nPOISON\n")
    report = site.build()
    assert {problem.path for problem in report.problems} == {"bad.md", "good-2.md"}
    feed = _feed(site)
    assert "New words" in feed
    assert "Good words 2" in feed
    assert "POISON" not in feed
    assert "Bad" not in feed
    states = {
        line.issue.subject: (str(line.issue.state), str(line.issue.reason))
        for line in report.issues
    }
    assert states == {"New": ("queued", "None"), "Bad": ("held", "not composed")}
    site.write("bad.md", "---\ntitle: Bad\ndate: 2026-03-02\n---\nMended\n")
    site.later(minutes=5)
    assert [(line.issue.subject, str(line.issue.state)) for line in site.build().issues] == [
        ("Bad", "queued")
    ]
    assert "Mended" in _feed(site)


@pytest.mark.usefixtures("poisonous")
def test_check_goes_on_after_a_file_that_raises(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says which, and everything else."""
    site.write("bad.md", "---\ntitle: Bad\ndate: 2026-03-02\n---\nPOISON\n")
    assert check_site(site.config_file, as_json=False) == 1
    out = capsys.readouterr().out
    assert "bad.md: It could not be checked (RecursionError: too deep)" in out
    assert "3 posts" in out


def test_a_name_that_cannot_be_looked_at_harms_only_itself(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever scanning one entry raises, the folder is scanned to its end."""
    is_text = scanning._is_text

    def raise_for(path: str) -> bool:
        if "bäd" in path:
            raise UnicodeError("what a name")
        return is_text(path)

    monkeypatch.setattr(scanning, "_is_text", raise_for)
    site.write("bäd.md", "---\ntitle: Bad\n---\nx\n")
    site.write("zödiac.md", "---\ntitle: New\n---\nx\n")
    found = PostsFolder(site.open().config).scan()
    assert [problem.path for problem in found.problems] == ["bäd.md"]
    assert set(found.stats) == {"good-1.md", "good-2.md", "zödiac.md"}
