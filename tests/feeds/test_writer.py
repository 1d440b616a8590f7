"""Documents printed by several processes are those that one process prints."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from publisher.app import open_site
from publisher.config import load_config
from publisher.errors import OutputError
from publisher.system.worker_pool import map_parallel
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from publisher.app import App
    from publisher.feeds.writer import Printed, Sheet
    from publisher.publishing.report import Report


pytestmark = pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="one processor has nobody to share with"
)
POSTS = 90


@pytest.fixture(autouse=True)
def _worth_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few documents be enough for several processes."""
    monkeypatch.setattr("publisher.system.worker_pool._LEAST", 1)


def _site(folder: Path) -> Site:
    site = Site(folder, more="[feeds]\nentries = 2\n")
    for number in range(POSTS):
        more = "tags: [tea]\n" if number % 7 == 0 else ""
        body = "{{< unheard-of >}} `code`" if number == 5 else f"Words of *{number}*."
        date = f"2026-01-{number % 28 + 1:02d} {number // 28:02d}:00:00"
        site.write(
            f"{number:03d}.md", f"---\ntitle: Post {number}\ndate: {date}\n{more}---\n{body}\n"
        )
    return site


def _documents(site: Site) -> dict[str, str]:
    return {path: digest for path, digest in site.bytes().items() if path.startswith("public/")}


def _build(site: Site) -> tuple[App, Report, list[bool]]:
    """Build as a command does; say of each sheet whether another process printed it."""
    elsewhere: list[bool] = []

    def telling(
        work: Callable[[Sheet], Printed], sheets: Sequence[Sheet], weight: int
    ) -> Iterable[Printed]:
        for printed, pid in map_parallel(lambda sheet: (work(sheet), os.getpid()), sheets, weight):
            elsewhere.append(pid != os.getpid())
            yield printed

    opened = open_site(load_config(site.config_file, {}), may_fork=True)
    opened = replace(opened, feeds=replace(opened.feeds, map_parallel=telling))  # type: ignore[arg-type]
    return opened, opened.publisher().publish_once(site.now), elsewhere


def test_forks_print_the_same_bytes_and_the_same_problems(tmp_path: Path) -> None:
    """Whoever prints them.

    Seen to fail where ``FeedWriter.print`` drops the problems of what was printed.
    """
    here, there = _site(tmp_path / "here"), _site(tmp_path / "there")
    problems = here.build().problems
    opened, report, elsewhere = _build(there)
    assert any(elsewhere)
    assert _documents(there) == _documents(here)
    assert report.problems == problems
    assert [problem.path for problem in problems] == ["005.md"]
    opened.database.close()


def test_bodies_rendered_in_forks_are_cached(tmp_path: Path) -> None:
    """The next round renders none of them.

    Seen to fail where ``FeedWriter.print`` keeps no ``fresh`` ones.
    """
    site = _site(tmp_path)
    opened, _, _ = _build(site)
    with opened.database.reading() as transaction:
        count = transaction.connection.exec_driver_sql("SELECT count(*) FROM renders").scalar()
    opened.database.close()
    assert count == POSTS


def test_what_a_fork_cannot_write_ends_the_round_with_the_same_words(tmp_path: Path) -> None:
    """A full disk, or here a file where a folder should be.

    Nothing is lost, the next round goes on.

    Seen to fail where ``OutputFolder.write`` lets the system's own error through.
    """
    site = _site(tmp_path)
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "archive").write_text("in the way")
    with pytest.raises(OutputError, match=r"archive/\S+ cannot be written: .*") as caught:
        _build(site)
    assert caught.value.cure
    (tmp_path / "public" / "archive").unlink()
    opened, _, elsewhere = _build(site)
    opened.database.close()
    assert any(elsewhere)
    assert len(list((tmp_path / "public" / "archive").iterdir())) == POSTS


def test_a_part_holds_so_many_posts_however_many_a_document_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail when ``_in_turn`` counts documents.

    With a hundred posts in each, 10,000 bodies are in memory.
    """
    monkeypatch.setattr("publisher.feeds.writer.AT_ONCE", 10)
    most = []

    def counting(
        work: Callable[[Sheet], Printed], sheets: Sequence[Sheet], _weight: int
    ) -> Iterable[Printed]:
        most.append(sum(len(sheet.loaded.sources) for sheet in sheets))
        return map(work, sheets)

    site = _site(tmp_path)
    opened = open_site(load_config(site.config_file, {}))
    opened = replace(opened, feeds=replace(opened.feeds, map_parallel=counting))  # type: ignore[arg-type]
    opened.publisher().publish_once(site.now)
    opened.database.close()
    assert sum(most) >= POSTS
    assert max(most) <= 11
