"""Widths of a site's own pictures, from their files, and from no other file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.config import load_config
from publisher.posts.images import LocalImages
from publisher.posts.models import Entry
from tests.newsletter.screens import png

if TYPE_CHECKING:
    from pathlib import Path


NOW = datetime(2026, 3, 2, tzinfo=UTC)
ENTRY = Entry(
    id="a", url="https://example.org/blog/2026/a/", page_url="https://example.org/blog/2026/a/",
    title="A", published=NOW, updated=NOW,
    summary="", path="2026/a/index.md",
)  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site below a path, with a page bundle."""
    folder = tmp_path / "site"
    (folder / "posts" / "2026" / "a").mkdir(parents=True)
    (folder / "publisher.toml").write_text(
        '[site]\ntitle = "A"\nurl = "https://example.org/blog"\n'
    )
    return folder


def _width(site: Path, address: str) -> int | None:
    return LocalImages(load_config(site / "publisher.toml", {})).width_of(address, ENTRY)


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("posts/2026/a/x.png", "https://example.org/blog/2026/a/x.png"),
        ("static/img/x.png", "https://example.org/blog/img/x.png"),
        ("public/img/x.png", "https://example.org/blog/img/x.png"),
        ("assets/a b.png", "https://example.org/blog/a%20b.png"),
        ("posts/img/x.png", "https://example.org/blog/img/x.png"),
        ("img/x.png", "https://example.org/blog/img/x.png?v=3"),
    ],
)
def test_a_picture_is_found_where_generators_keep_it(site: Path, file: str, address: str) -> None:
    """Beside the post, or in a folder that becomes the site's root."""
    (site / file).parent.mkdir(parents=True, exist_ok=True)
    (site / file).write_bytes(png(321, 10))
    assert _width(site, address) == 321


def test_a_picture_that_changed_is_measured_again(site: Path) -> None:
    """A daemon lives longer than a picture."""
    (site / "x.png").write_bytes(png(321, 10))
    assert _width(site, "https://example.org/blog/x.png") == 321
    (site / "x.png").write_bytes(png(99, 10))
    os.utime(site / "x.png", ns=(1, 1))
    assert _width(site, "https://example.org/blog/x.png") == 99


def test_drawings_count_too(site: Path) -> None:
    """SVG tells its width in words."""
    (site / "x.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"></svg>'
    )
    assert _width(site, "https://example.org/blog/x.svg") == 120


def test_no_file_outside_of_the_site_is_opened(site: Path) -> None:
    """Neither by dots nor by a link, and another host's picture is not ours."""
    (site.parent / "x.png").write_bytes(png(321, 10))
    (site / "link.png").symlink_to(site.parent / "x.png")
    for address in (
        "https://example.org/blog/../x.png",
        "https://example.org/blog/%2e%2e/x.png",
        "https://example.org/blog/link.png",
    ):
        assert _width(site, address) is None
    (site / "y.png").write_bytes(png(321, 10))
    assert _width(site, "https://elsewhere.example/blog/y.png") is None


def test_what_is_no_picture_has_no_width(site: Path) -> None:
    """A pipe is not waited for, half a file and a text are no trouble."""
    os.mkfifo(site / "pipe.png")
    (site / "half.png").write_bytes(png(321, 10)[:12])
    (site / "text.png").write_text("no picture")
    (site / "folder.png").mkdir()
    for name in ("pipe", "half", "text", "folder", "absent"):
        assert _width(site, f"https://example.org/blog/{name}.png") is None
