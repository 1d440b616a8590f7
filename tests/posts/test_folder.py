"""The tree is looked at, never trusted.

Nothing outside the folder, nothing but regular files of a sensible size.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections import deque
from typing import TYPE_CHECKING

import pytest

from publisher.config import PostsConfig
from publisher.errors import Problem
from publisher.posts.folder import read_source, scan_folder
from publisher.posts.models import SourceFile, Vanished
from tests.torture.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path


def _write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")


def test_posts_are_found_in_every_folder_in_path_order(tmp_path: Path) -> None:
    """By their endings, in any case."""
    _write(tmp_path, "b.md", "a/z.HTML", "a/b/c.rst", "n.txt", "pic.png", "a/m.markdown")
    assert list(scan_folder(tmp_path, PostsConfig()).stats) == [
        "a/b/c.rst",
        "a/m.markdown",
        "a/z.HTML",
        "b.md",
        "n.txt",
    ]


def test_what_editors_and_transfers_leave_is_not_a_post(tmp_path: Path) -> None:
    """Backups, swap files, partial uploads, hidden files and folders."""
    _write(
        tmp_path,
        ".a.md.swp",
        "a.md~",
        "#a.md#",
        ".#a.md",
        "a.md.part",
        "a.md.tmp",
        ".git/a.md",
        ".obsidian/a.md",
        "4913",
        "a.md",
    )
    scan = scan_folder(tmp_path, PostsConfig())
    assert list(scan.stats) == ["a.md"]
    assert scan.problems == ()


@pytest.mark.parametrize(
    ("globs", "found"),
    [
        ({"include": ("blog/**",)}, ["blog/2020/b.md", "blog/a.md"]),
        ({"include": ("blog/*",)}, ["blog/a.md"]),
        ({"exclude": ("blog/**",)}, ["c.md", "notes/d.md"]),
        ({"exclude": ("a.md",)}, ["blog/2020/b.md", "c.md", "notes/d.md"]),
        (
            {"include": ("**/?.md",), "exclude": ("notes/**",)},
            ["blog/2020/b.md", "blog/a.md", "c.md"],
        ),
    ],
)
def test_globs_include_and_exclude(
    tmp_path: Path, globs: dict[str, tuple[str, ...]], found: list[str]
) -> None:
    """``*`` within a name, ``**`` across folders, a bare name at any depth.

    What is left out is listed with the reason.
    """
    _write(tmp_path, "blog/a.md", "blog/2020/b.md", "c.md", "notes/d.md")
    scan = scan_folder(tmp_path, PostsConfig(**globs))
    assert list(scan.stats) == found
    assert len(scan.ignored) == 4 - len(found)


def test_links_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    """Files and folders; links that stay inside are followed, loops end."""
    root = tmp_path / "posts"
    _write(tmp_path, "secret.md", "elsewhere/b.md", "posts/a.md", "posts/sub/c.md")
    (root / "out.md").symlink_to(tmp_path / "secret.md")
    (root / "away").symlink_to(tmp_path / "elsewhere")
    (root / "in.md").symlink_to(root / "a.md")
    (root / "sub" / "loop").symlink_to(root)
    scan = scan_folder(root, PostsConfig())
    assert {problem.path for problem in scan.problems} == {"out.md", "away"}
    assert all(problem.cure for problem in scan.problems)
    assert {"a.md", "in.md", "sub/c.md"} <= set(scan.stats)
    assert "out.md" not in scan.stats


def test_pipes_are_never_opened(tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    os.mkfifo(tmp_path / "pipe.md")
    scan = scan_folder(tmp_path, PostsConfig())
    assert [problem.path for problem in scan.problems] == ["pipe.md"]
    assert isinstance(read_source(tmp_path, "pipe.md", 10), Problem)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    """With its size and the key to change."""
    (tmp_path / "big.md").write_bytes(b"x" * 101)
    (problem,) = scan_folder(tmp_path, PostsConfig(max_bytes=100)).problems
    assert "posts.max_bytes" in problem.found
    assert "101" in problem.found


def test_a_name_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    """Shown without breaking a terminal."""
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_bytes(b"x")
    (problem,) = scan_folder(tmp_path, PostsConfig()).problems
    problem.path.encode("utf-8")
    assert "UTF-8" in problem.found


def test_a_missing_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    """It is unreadable, which is an error state."""
    assert scan_folder(tmp_path, PostsConfig()).readable
    missing = scan_folder(tmp_path / "absent", PostsConfig())
    assert not missing.readable
    assert missing.problems


def test_a_file_is_read_whole_with_the_stat_of_its_bytes(tmp_path: Path) -> None:
    """What was read is what was looked at."""
    (tmp_path / "a.md").write_bytes(b"whole")
    read = read_source(tmp_path, "a.md", 100)
    assert isinstance(read, SourceFile)
    assert (read.data, read.stat) == (b"whole", scan_folder(tmp_path, PostsConfig()).stats["a.md"])
    assert isinstance(read_source(tmp_path, "gone.md", 100), Vanished)


def test_what_is_deleted_while_the_folder_is_looked_at_is_no_trouble(tmp_path: Path) -> None:
    """``rm -rf`` in progress.

    Files and folders that were listed and are gone when they are looked at are not there; a dead
    link is told.

    The defence is what ``_Tree._visit`` and ``_Tree._enter`` make of FileNotFoundError (seen to
    fail without).
    """
    posts = tmp_path / "posts"
    (posts / "left").mkdir(parents=True)
    (posts / "left" / "dead.md").symlink_to(posts / "left" / "nowhere.md")
    for _ in range(scaled(40, 8)):
        for number in range(20):
            (posts / f"n{number}").mkdir()
            for name in "abcdefghij":
                (posts / f"n{number}" / f"{name}.md").touch()
        deleting = threading.Thread(
            target=lambda: deque(map(shutil.rmtree, posts.glob("n*")), maxlen=0)
        )
        deleting.start()
        while deleting.is_alive():
            (problem,) = scan_folder(posts, PostsConfig()).problems
            assert problem.path == "left/dead.md"
        deleting.join()


def test_files_that_only_their_generator_reads_are_counted_by_ending(tmp_path: Path) -> None:
    """Nobody misses them in silence.

    What is configured to be read, or left out, is not among them.
    """
    for name in (
        "a.mdx",
        "b.MDX",
        "c.qmd",
        "d.Rmd",
        "e.org",
        "f.adoc",
        "g.md",
        "h.png",
        "drafts/i.mdx",
        "j.mdx.bak",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert scan_folder(tmp_path, PostsConfig()).unread == {
        ".mdx": 3,
        ".qmd": 1,
        ".rmd": 1,
        ".org": 1,
        ".adoc": 1,
    }
    assert scan_folder(tmp_path, PostsConfig(exclude=("drafts/**",))).unread[".mdx"] == 2
    assert ".mdx" not in scan_folder(tmp_path, PostsConfig(extensions=(".md", ".mdx"))).unread
