"""Where each generator puts a page: tested against the addresses its sites really have."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from publisher.config import PostsConfig
from publisher.posts.folder import read_source, scan_folder
from publisher.posts.models import Post, Reading, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules, section_of
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from pathlib import Path


UTC = ZoneInfo("UTC")


def _posts(folder: Path, pattern: str, section: str = "") -> dict[str, Post]:
    reader = PostParser(AddressRules("https://example.org", pattern, section), UTC)
    found = {}
    for path in scan_folder(folder, PostsConfig()).stats:
        file = read_source(folder, path, 5_000_000)
        assert isinstance(file, SourceFile)
        reading = reader.read(file)
        if reading.post is not None:
            found[path] = reading.post
    return found


def _read(text: str, path: str, pattern: str, section: str = "") -> Reading:
    data = text.encode()
    return PostParser(AddressRules("https://example.org", pattern, section), UTC).read(
        SourceFile(path, FileStat(len(data), 0, 0), data)
    )


def test_wordpress_addresses_are_those_the_export_names(corpus: Path) -> None:
    """Without their permalink the preset would give 99 of 100 posts the address they have."""
    reader = PostParser(AddressRules("https://dev.mikamai.com", "wordpress"), UTC)
    right = total = 0
    for path in scan_folder(corpus / "wordpress", PostsConfig()).stats:
        file = read_source(corpus / "wordpress", path, 5_000_000)
        assert isinstance(file, SourceFile)
        with_permalink = reader.read(file).post
        without = reader.read(
            SourceFile(path, file.stat, file.data.replace(b"\npermalink:", b"\nformer:"))
        ).post
        assert with_permalink is not None
        assert without is not None
        total += 1
        right += with_permalink.url == without.url
    assert right >= total * 0.99


@pytest.mark.parametrize(
    ("folder", "pattern", "path", "address"),
    [
        (
            "jekyll",
            "/news/{year}/{month}/{day}/{slug}/",
            "_posts/2013-05-06-jekyll-1-0-0-released.markdown",
            "/news/2013/05/06/jekyll-1-0-0-released/",
        ),
        (
            "jekyll",
            "jekyll",
            "_posts/2025-01-29-jekyll-4-4-1-released.markdown",
            "/release/2025/01/29/jekyll-4-4-1-released.html",
        ),
        ("hugo", "/{year}/{month}/{day}/{slug}/", "post/2023-09-07-caa23.md", "/2023/09/07/caa23/"),
        ("hugo", "hugo", "post/2023-09-07-caa23.md", "/post/caa23/"),
        ("pelican", "pelican", "content/news/pelican-3.1.rst", "/pelican-31-released.html"),
        (
            "pelican",
            "pelican",
            "content/news/namespace-plugins.md",
            "/namespace-plugin-migration.html",
        ),
        ("eleventy", "/blog/{slug}/", "blog/2019-12-05-moving-house.md", "/blog/moving-house/"),
        ("eleventy", "/blog/{slug}/", "blog/2026-03-23-awesome-possum.md", "/blog/awesome-possum/"),
        (
            "eleventy",
            "eleventy",
            "blog/2026-03-23-awesome-possum.md",
            "/blog/2026-03-23-awesome-possum/",
        ),
    ],
)
def test_a_generator_gives_its_posts_these_addresses(
    corpus: Path, folder: str, pattern: str, path: str, address: str
) -> None:
    """One post of each kind, by hand."""
    posts = _posts(corpus / folder, pattern)
    assert urlsplit(posts[path].url).path == address


@pytest.mark.parametrize(
    ("folder", "pattern"),
    [
        ("jekyll", "jekyll"),
        ("hugo", "/{year}/{month}/{day}/{slug}/"),
        ("pelican", "pelican"),
        ("eleventy", "eleventy"),
    ],
)
def test_no_two_posts_of_a_real_site_share_an_address(
    corpus: Path, folder: str, pattern: str
) -> None:
    """A wrong guess shows as a collision."""
    urls = [post.url for post in _posts(corpus / folder, pattern).values()]
    assert len(urls) == len(set(urls))


@pytest.mark.parametrize(
    ("front", "path", "pattern", "address"),
    [
        (
            "date: 2020-02-03\npermalink: /:year/:title/",
            "2020-02-03-a-b.md",
            "jekyll",
            "/2020/a-b/",
        ),
        (
            "date: 2020-02-03\npermalink: pretty\ncategories: [x y]",
            "2020-02-03-a-b.md",
            "jekyll",
            "/x-y/2020/02/03/a-b/",
        ),
        ("date: 2020-02-03\nurl: /custom/page/", "a.md", "hugo", "/custom/page/"),
        ("date: 2020-02-03\nslug: other", "posts/a.md", "hugo", "/posts/other/"),
        ("date: 2020-02-03", "posts/2020-02-03-a.md", "hugo", "/posts/2020-02-03-a/"),
        ("date: 2020-02-03", "bundle/index.md", "hugo", "/bundle/"),
        ("date: 2020-02-03", "Ünïcode & more.md", "/{slug}/", "/%C3%BCn%C3%AFcode-more/"),
        (
            "date: 2020-02-03\ncategory: Big News",
            "a.md",
            "/{category}/{slug}.html",
            "/big-news/a.html",
        ),
        ("title: x", "a.md", "/{year}/{slug}/", "/a/"),
    ],
)
def test_patterns_and_front_matter_give_addresses(
    front: str, path: str, pattern: str, address: str
) -> None:
    """Placeholders are filled, empty ones leave no double slash."""
    post = _read(f"---\n{front}\n---\nB", path, pattern).post
    assert post is not None
    assert urlsplit(post.url).path == address


@pytest.mark.parametrize(
    ("generator", "folder", "section"),
    [
        ("hugo", "content/posts", "posts"),
        ("hugo", "content", ""),
        ("hugo", "content/pages/notes", "pages/notes"),
        ("hugo", "content/en/post", "post"),
        ("hugo", "content/de/post", "de/post"),
        ("hugo", "/srv/site/content/post", "post"),
        ("hugo", "posts", ""),
        ("zola", "./content/blog", "blog"),
        ("eleventy", "posts", "posts"),
        ("eleventy", "blog/notes", "blog/notes"),
        ("eleventy", "src/posts", "posts"),
        ("eleventy", ".", ""),
        ("eleventy", "../shared/posts", ""),
        ("eleventy", "/srv/posts", ""),
        ("astro", "src/content/blog", "blog"),
        ("jekyll", "_posts", ""),
    ],
)
def test_the_posts_folder_is_a_section_of_the_site(
    generator: str, folder: str, section: str
) -> None:
    """``content/posts`` of Hugo and ``posts`` of Eleventy are part of the address.

    ``content`` and ``src`` are not.
    """
    assert section_of(folder, generator, "en") == section


def test_a_section_is_put_before_the_paths_of_its_posts() -> None:
    """The posts folder is below the generator's content folder, the posts' paths below that."""
    post = _read("---\ntitle: T\n---\nB", "a.md", "hugo", "posts").post
    assert post is not None
    assert post.url == "https://example.org/posts/a/"


@pytest.mark.parametrize(
    "address",
    ["../../etc/passwd", "/a/%2e%2e/b", "javascript:alert(1)", "data:text/html,x", "/a\\..\\b"],
)
def test_an_address_that_leads_elsewhere_is_a_problem_and_not_used(address: str) -> None:
    """The pattern gives one instead."""
    reading = _read(f"---\ntitle: T\npermalink: '{address}'\n---\nB", "a.md", "/{slug}/")
    assert reading.post is not None
    assert reading.post.url == "https://example.org/a/"
    assert reading.problems
