"""Every dialect of front matter, without configuration, becomes the same Post."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import Level
from publisher.posts.models import NO_FRONT_MATTER, FileKind, Post, Reading, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat

BERLIN = ZoneInfo("Europe/Berlin")


def _read(
    text: str | bytes, path: str = "a-post.md", pattern: str = "/{slug}/", **options: object
) -> Reading:
    data = text if isinstance(text, bytes) else text.encode()
    reader = PostParser(AddressRules("https://example.org", pattern), BERLIN, **options)  # type: ignore[arg-type]
    return reader.read(SourceFile(path, FileStat(len(data), 0, 0), data))


def _post(text: str, path: str = "a-post.md", pattern: str = "/{slug}/") -> Post:
    reading = _read(text, path, pattern)
    assert reading.post is not None, reading
    return reading.post


def test_wordpress_writing_on_github() -> None:
    """Folded title with entities, local time, custom fields as lists, a three-line enclosure."""
    post = _post(
        "---\nID: 7\npost_title: >\n  Tea &amp; other\n  storms\nauthor: ada\npost_date: 2013-03-15"
        ' 07:29:38\npost_modified: 2013-03-16 08:00:00\npost_excerpt: ""\nlayout: post\npermalink:'
        " >\n  https://example.org/2013/03/15/tea/\npublished: true\ntags: [Tea]\nenclosure:\n  -"
        " |\n    https://example.org/a.mp3\n    1234\n    audio/mpeg\n---\n<p>Body</p>\n"
    )
    assert (post.title, post.url, post.explicit_id) == (
        "Tea & other storms",
        "https://example.org/2013/03/15/tea/",
        post.url,
    )
    assert post.published == datetime(2013, 3, 15, 6, 29, 38, tzinfo=UTC)
    assert post.modified == datetime(2013, 3, 16, 7, 0, tzinfo=UTC)
    assert (post.slug, post.summary, post.dialect) == ("tea", None, "wordpress")
    assert [(e.url, e.length, e.type) for e in post.enclosures] == [
        ("https://example.org/a.mp3", 1234, "audio/mpeg")
    ]


def test_jekyll() -> None:
    """Date and slug from the name, tags split at spaces, ``published: false``, ``...`` as fence."""
    post = _post(
        "---\nlayout: post\ntags: one two\ncategories: [news]\npublished: false\n...\n# A"
        " heading\n\nText",
        "2014-3-5-hello-world.md",
        "jekyll",
    )
    assert (post.title, post.slug, post.tags, post.draft) == (
        "A heading",
        "hello-world",
        ("one", "two"),
        True,
    )
    assert post.url == "https://example.org/news/2014/03/05/hello-world.html"
    assert post.date_only
    assert post.published == datetime(2014, 3, 4, 23, 0, tzinfo=UTC)


def test_hugo_in_its_three_formats() -> None:
    """Keys in any case; the same post from YAML, TOML and JSON."""
    yaml = (
        "---\nTitle: T\nDate: 2020-01-02T03:04:05Z\nlastmod: 2020-02-01\nexpiryDate:"
        " 2030-01-01\nTags: [a]\n"
    )
    yaml += "params:\n  author: Ada\n---\nB"
    toml = (
        '+++\ntitle = "T"\ndate = 2020-01-02T03:04:05Z\nlastmod = 2020-02-01\nexpiryDate ='
        " 2030-01-01\n"
    )
    toml += 'tags = ["a"]\n[params]\nauthor = "Ada"\n+++\nB'
    json = '{"title": "T", "date": "2020-01-02T03:04:05Z", "lastmod": "2020-02-01", '
    json += '"expiryDate": "2030-01-01", "tags": ["a"], "author": "Ada"}\nB'
    posts = [_post(text, "posts/t/index.md", "hugo") for text in (yaml, toml, json)]
    for post in posts:
        assert (post.title, post.tags, [author.name for author in post.authors]) == (
            "T",
            ("a",),
            ["Ada"],
        )
        assert post.published == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert (post.modified, post.expires) == (
            datetime(2020, 1, 31, 23, tzinfo=UTC),
            datetime(2029, 12, 31, 23, tzinfo=UTC),
        )
        assert post.url == "https://example.org/posts/t/"


def test_pelican() -> None:
    """``Title:`` lines without fences; separators of its own."""
    post = _post(
        "Title: T\nDate: 2012-07-23 10:00\nModified: 2012-07-24\nTags: a; b\nCategory:"
        " news\nAuthors: Ada, Bob\nSummary: S\n\nBody",
        pattern="pelican",
    )
    assert (post.title, post.tags, post.categories, post.summary) == (
        "T",
        ("a", "b"),
        ("news",),
        "S",
    )
    assert [author.name for author in post.authors] == ["Ada", "Bob"]
    assert post.url == "https://example.org/t.html"


def test_pelican_in_restructuredtext() -> None:
    """A title with its rules and a field list."""
    post = _post("Release 3\n#########\n\n:date: 2013-04-05\n:tags: x\n\nBody\n", "r.rst")
    assert (post.title, post.tags, post.published) == (
        "Release 3",
        ("x",),
        datetime(2013, 4, 4, 22, tzinfo=UTC),
    )


def test_eleventy_without_a_title_key() -> None:
    """The first heading, else the file name in words; "Created" is no date."""
    assert (
        _post("---\ndate: Created\n---\nText", "blog/2019-12-05-moving-house.md", "eleventy").title
        == "Moving house"
    )
    assert (
        _post("---\ntags: posts\n---\n## Hello *you*", "blog/x.md", "eleventy").title == "Hello you"
    )


def test_astro() -> None:
    """Quoted dates in words, hero image, an enclosure that is a mapping."""
    post = _post(
        '---\ntitle: "T"\npubDate: "Jul 08 2022"\nupdatedDate: "2022-08-01"\nheroImage: "/h.jpg"\n'
        "enclosure: {url: /a.mp3, length: 9, type: audio/mpeg}\n---\nB"
    )
    assert post.published == datetime(2022, 7, 7, 22, tzinfo=UTC)
    assert (post.image, post.enclosures[0].length) == ("https://example.org/h.jpg", 9)


def test_zola() -> None:
    """A date that is only in the path, and taxonomies."""
    post = _post(
        '+++\ntitle = "T"\npath = "2014/12/12/slug"\n[taxonomies]\ntags = ["a", "b"]\n+++\nB',
        pattern="zola",
    )
    assert (post.url, post.tags) == ("https://example.org/2014/12/12/slug/", ("a", "b"))
    assert post.published == datetime(2014, 12, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("front", "draft"),
    [
        ("published: true", False),
        ("published: 2020-01-01", False),
        ("published: false", True),
        ("draft: true", True),
        ('draft: "false"', False),
        ("status: draft", True),
        ("status: published", False),
        ("publish: false", True),
    ],
)
def test_published_decides_by_type(front: str, *, draft: bool) -> None:
    """A flag in some dialects, a date in others."""
    assert _post(f"---\ntitle: T\n{front}\n---\nB").draft is draft


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ("Just text", "a.md", NO_FRONT_MATTER),
        ("", "a.md", NO_FRONT_MATTER),
        ("---\ntitle: T\n---\n", "_index.md", "_index"),
        ("---\nlayout: page\n---\n", "a.md", "layout: page"),
        ("---\ntype: page\n---\n", "a.md", "type: page"),
        ("---\ntitle: T\n---\n", "_pages/a.md", "pages"),
        ("---\ntitle: T\n---\n", "pages/a.md", "pages"),
        ("---\npermalink: false\n---\n", "a.md", "permalink: false"),
        (
            "---\neleventyExcludeFromCollections: true\n---\n",
            "a.md",
            "eleventyExcludeFromCollections",
        ),
        ("---\nstatus: hidden\n---\n", "a.md", "status: hidden"),
        ("---\nstatus: private\n---\n", "a.md", "status: private"),
        ("---\nvisibility: members\n---\n", "a.md", "visibility: members"),
    ],
)
def test_what_is_not_a_post_is_ignored_with_the_reason(text: str, path: str, reason: str) -> None:
    """Neither published nor mailed."""
    reading = _read(text, path)
    assert reading.kind is FileKind.IGNORED
    assert reason in reading.reason


def test_protected_posts_of_an_export_are_named_because_they_would_leak() -> None:
    """Ignored, and a problem says so."""
    reading = _read('---\npost_title: "Protected: our address"\n---\nB')
    assert reading.kind is FileKind.IGNORED
    assert "protected" in reading.problems[0].found


def test_a_vault_publishes_only_what_is_flagged() -> None:
    """``posts.require = "publish"``."""
    assert _read("---\ntitle: T\n---\nB", require="publish").kind is FileKind.IGNORED
    assert _read("---\ntitle: T\npublish: true\n---\nB", require="publish").kind is FileKind.POST


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        (b"---\ntitle: \xff\n---\n", 2, "UTF-8"),
        (b"---\ntitle: T\n---\n\0", 4, "NUL"),
        (b"---\ntitle: [a\n---\n", 3, "YAML"),
        (b"---\ntitle: T\nno closing fence\n", 1, "never closes"),
        (b"---\n- a\n- b\n---\n", 2, "list"),
        (b"+++\ntitle = \n+++\n", 2, "TOML"),
        (b'{"title": }\nB', 1, "JSON"),
        (b"---\na: &a [1]\nb: [" + b"*a," * 60 + b"]\n---\n", 3, "aliases"),
        (b"---\na: " + b"[" * 40 + b"]" * 40 + b"\n---\n", 1, "nested"),
        (b"---\na: " + b"x" * 70_000 + b"\n---\n", 1, "65,536"),
    ],
)
def test_what_cannot_be_read_names_line_and_cure(text: bytes, line: int, found: str) -> None:
    """Invalid, and harms only itself."""
    reading = _read(text)
    assert reading.kind is FileKind.INVALID
    (problem,) = [problem for problem in reading.problems if problem.level is Level.ERROR]
    assert problem.line == line
    assert found in problem.found
    assert problem.cure


@pytest.mark.parametrize(
    ("front", "found"),
    [
        ("title: A\ntitle: B", "twice"),
        ("lastmod: 2013-02-30", "2013-02-30"),
        ("updated: soonish", "no date"),
    ],
)
def test_what_is_odd_is_a_warning_and_the_post_is_read(front: str, found: str) -> None:
    """The harm in real folders is silent: it is told."""
    reading = _read(f"---\n{front}\n---\nB")
    assert reading.kind is FileKind.POST
    assert [problem.level for problem in reading.problems] == [Level.WARNING]
    assert found in reading.problems[0].found


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_marks_and_line_ends_change_nothing(encoding: str, ends: str) -> None:
    """A byte order mark, CRLF, CR."""
    reading = _read("---\ntitle: Tëst\n---\nOne\n\nTwo\n".replace("\n", ends).encode(encoding))
    assert reading.post is not None
    assert (reading.post.title, reading.body) == ("Tëst", "One\n\nTwo\n")


@given(st.binary(max_size=400), st.sampled_from(["a.md", "a.html", "a.rst", "2020-01-01-a.txt"]))
@example(b"---\n? [a]\n: b\n---\n", "a.md")
@example(b"---\ncontent: x\nself: y\nhandler: z\n1: 2\n---\n", "a.md")
def test_reading_never_raises_on_any_bytes(data: bytes, path: str) -> None:
    """Whatever a file holds, it is a post, ignored or invalid."""
    assert _read(data, path).kind in set(FileKind)


@given(st.text(max_size=200), st.text(max_size=200))
def test_reading_never_raises_on_any_front_matter(front: str, body: str) -> None:
    """Nor on any text between fences; titles are one line of what feeds may carry."""
    reading = _read(f"---\n{front}\n---\n{body}".encode("utf-8", "replace"))
    if reading.post is not None:
        assert "\n" not in reading.post.title
        assert reading.post.title
        assert reading.post.url.startswith("https://example.org/") or "://" in reading.post.url
