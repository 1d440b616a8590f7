"""Addresses by rules that are told: Zola's, guesses, and what an address may not be."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest

from publisher.errors import Level
from publisher.posts.models import SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat

if TYPE_CHECKING:
    from publisher.posts.models import Reading


def _read(text: str, path: str, preset: str, section: str = "", language: str = "en") -> Reading:
    site = AddressRules("https://example.org", preset, section, language)
    data = text.encode()
    return PostParser(site, ZoneInfo("UTC")).read(SourceFile(path, FileStat(len(data), 0, 0), data))


@pytest.mark.parametrize(
    ("path", "front", "address"),
    [
        ("a.md", "", "/blog/a/"),
        ("Upper_Case.md", "", "/blog/upper-case/"),
        ("two  words & more.md", "", "/blog/two-words-more/"),
        ("v1.2.3.md", "", "/blog/v1-2-3/"),
        ("it's.md", "", "/blog/it-s/"),
        ("Größe.md", "", "/blog/grosse/"),
        ("Æúű--cool?.md", "", "/blog/aeuu-cool/"),
        ("日本.md", "", "/blog/ri-ben/"),
        ("объект.md", "", "/blog/ob-ekt/"),
        ("user@example.com.md", "", "/blog/user-example-com/"),
        ("100%.md", "", "/blog/100/"),
        ("2018-10-10.md", "", "/blog/2018-10-10/"),
        ("2018-10-10-hello-world.md", "", "/blog/hello-world/"),
        ("2018-10-10_hello.md", "", "/blog/hello/"),
        ("2021-01-23 -hello new world.md", "", "/blog/hello-new-world/"),
        ("2002-10-02T15:00:00Z-instant.md", "", "/blog/instant/"),
        ("2018-13-10-no-month.md", "", "/blog/2018-13-10-no-month/"),
        ("2018-1-2-short.md", "", "/blog/2018-1-2-short/"),
        ("bundle/index.md", "", "/blog/bundle/"),
        ("2018-10-10-Bundle Of/index.md", "", "/blog/bundle-of/"),
        ("Old Notes/Sub.Folder/x_y.md", "", "/blog/Old Notes/Sub.Folder/x-y/"),
        ("index.md", "", "/blog/"),
        ("a.md", 'slug = "Other Slug"', "/blog/other-slug/"),
        ("2018-10-10-a.md", 'slug = "2018-10-10-kept"', "/blog/2018-10-10-kept/"),
        ("deep/index.md", 'slug = "b"', "/blog/b/"),
        ("a.md", 'path = "2014/12/12/slug"', "/2014/12/12/slug/"),
        ("a.md", 'path = "/With Capitals/ü/"', "/With Capitals/ü/"),
        ("a.md", 'path = "p"\nslug = "s"', "/p/"),
        ("a.md", 'permalink = "/not-zolas/"\nurl = "/nor-this/"', "/blog/a/"),
        ("a.md", '[extra]\npath = "/data-of-the-author/"\nslug = "also"', "/blog/a/"),
        ("a.md", 'aliases = ["old/a.html"]', "/blog/a/"),
        ("a.en.md", "", "/blog/a-en/"),
        ("a.fr.md", "", "/fr/blog/a/"),
        ("bundle/index.fr.md", "", "/fr/blog/bundle/"),
        ("a.fr.md", 'path = "un/deux"', "/un/deux/"),
        ("node.js.md", "", "/blog/node-js/"),
    ],
)
def test_zola_puts_a_page_in_its_folders_under_a_slug_with_a_closing_slash(
    path: str, front: str, address: str
) -> None:
    """The rules of Zola's own source and its documentation, with the examples they give."""
    post = _read(f'+++\ntitle = "T"\ndate = 2024-02-03\n{front}\n+++\nB', path, "zola", "blog").post
    assert post is not None
    assert unquote(urlsplit(post.url).path) == address


@pytest.mark.parametrize(
    ("preset", "path", "front", "address", "told"),
    [
        (
            "eleventy",
            "2024-01-02-a.md",
            "permalink: /notes/{{ page.fileSlug }}/",
            "/2024-01-02-a/",
            "a template",
        ),
        ("eleventy", "a.md", "permalink: '{% if true %}x{% endif %}/'", "/a/", "a template"),
        ("eleventy", "a.md", "eleventyComputed:\n  permalink: /{{ title }}/", "/a/", "a template"),
        ("hugo", "a.md", "url: /:sections/:slug/", "/a/", ":sections"),
        ("hugo", "a.md", "url: /:2006/x/", "/a/", ":2006"),
        ("zola", "party 🎉.md", "x: 1", "/party/", "'🎉'"),
    ],
)
def test_an_address_that_only_the_generator_can_tell_is_said_to_be_a_guess(
    preset: str, path: str, front: str, address: str, told: str
) -> None:
    """The problem names the line and the cure.

    The post gets the address it would have without that.
    """
    reading = _read(f"---\ntitle: T\ndate: 2024-02-03\n{front}\n---\nB", path, preset)
    assert reading.post is not None
    assert urlsplit(reading.post.url).path == address
    (problem,) = reading.problems
    assert problem.level is Level.WARNING
    assert "guess" in problem.found
    assert told in problem.found
    assert "posts.url" in problem.cure


@pytest.mark.parametrize(
    ("preset", "key"), [("hugo", "url"), ("eleventy", "permalink"), ("zola", "path")]
)
def test_an_address_that_climbs_out_of_the_site_is_not_used_by_any_generator(
    preset: str, key: str
) -> None:
    """Nor is one of another scheme; the file's own place is taken, and the problem says so."""
    for written in ("../../etc/passwd", "/a/%2e%2e/b/", "javascript:alert(1)"):
        reading = _read(f"---\ntitle: T\n{key}: '{written}'\n---\nB", "a.md", preset)
        assert reading.post is not None
        assert reading.post.url == "https://example.org/a/"
        assert len(reading.problems) == 1


def test_a_whole_address_in_the_front_matter_is_the_authors_word() -> None:
    """No generator writes it, so somebody meant it; it is the post's id too, as before."""
    post = _read("---\ntitle: T\nurl: https://elsewhere.example/x\n---\nB", "a.md", "hugo").post
    assert post is not None
    assert post.url == post.explicit_id == "https://elsewhere.example/x"


def test_an_absolute_permalink_that_the_generator_does_not_read_stays_the_id() -> None:
    """An export's ``permalink`` under Hugo.

    The page is where Hugo writes it, the id is the one readers know.
    """
    post = _read("---\ntitle: T\npermalink: https://old.example/x\n---\nB", "a.md", "hugo").post
    assert post is not None
    assert (post.url, post.explicit_id) == ("https://example.org/a/", "https://old.example/x")


@pytest.mark.parametrize(
    ("preset", "front"),
    [
        ("eleventy", '"permalink": {"build": "/a/\\ud800/"}'),
        ("hugo", '"slug": "\\ud800"'),
        ("hugo", '"url": "/\\ud800/"'),
        ("zola", '"slug": "\\ud800"'),
    ],
)
def test_half_a_character_in_an_address_stops_nothing(preset: str, front: str) -> None:
    """It cannot be written in UTF-8; the post gets an address without it."""
    post = _read(f'{{\n"title": "T",\n{front}\n}}\nB', "a.md", preset).post
    assert post is not None
    assert post.url.startswith("https://example.org/")
    assert post.url.isascii()
