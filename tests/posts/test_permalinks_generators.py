"""Addresses of Hugo, Eleventy and Zola are those of the files they write.

Hugo and Eleventy are run, Zola's rules are told.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest

from publisher.cli.starting import start
from publisher.errors import Level
from publisher.posts.models import SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules
from publisher.system.files import FileStat
from tests.posts.generators import by_eleventy, by_hugo, by_us, compare, configure, put

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.posts.models import Reading


NAMES = (
    "plain.md", "Upper Case.md", "two  spaces.md", "under_score.md", "__both__.md", "v1.2.3.md",
    "node.js.md", "draw.io.md",
    "größe.md", "Ünïcode & more.md", "ÄÖÜ.md", "it's.md", "that\u2019s.md", "c++.md", "r&d.md",
    "party 🎉.md", "comma, here.md",
    "(brackets).md", "[square].md", "100%.md", "50%25.md", "hash#tag.md", "what?.md", "really!.md",
    "at@home.md", "til~de.md",
    "semi;colon.md", "a=b.md", "a--b.md", "-lead.md", "trail-.md", "2024-01-02-dated.md",
    "2024-1-2-short.md", "2024-01-02.md",
    "2024-01-02_under.md", "x-2024-01-05-inner.md", "日本.md", "İstanbul.md", "ΣΊΣΥΦΟΣ.md",
    "cafe\u0301.md", "dollar$.md", "star*.md",
    'quo"te.md', "dot..dot.md", "end..md", "\u2013dash\u2014x.md", "a\u00a0nb.md", "x-²½.md",
    "ß.md", "back\\slash.md", "a+b c.md",
    "404.md", "same/same.md", "Same2/same2.md", "bundle/index.md", "Big Bundle/index.md",
    "2024-03-04-bundle/index.md",
    "a b/c d/index.md", "a.b/index.md", "Deep/Er Folder/x_y.md", "Deep/2024-05-06-post.md",
    "öf/ä.md", "fold.er/p.md",
    "section/child.md", "readme.md", "Docs/README.md", "page.html", "idx/index.html", "post.xx.md",
)  # fmt: skip
"""Names that authors give their files; a folder and a name each way."""

HUGO = (
    "slug: Other Slug", "slug: größe", "slug: /a/b/", "slug: 2024", "slug: 1.5", "slug: -x-",
    "slug: index", "slug: UPPER",
    "slug: \"a & b's + c_d.e\"", "slug: ''", "slug: a/B c/d", "slug: x.html", "slug: ' sp '",
    "slug: it\u2019s 🎉 party",
    "url: /Abs/Path/", "url: rel/path/", "url: /no/slash", "url: /page.html", "url: /V1.2/x",
    "url: '/with space/ü/'",
    "url: /d//b/", "url: page2.htm", "url: '/:year/:slug/'", "url: /:year/:month/:day/:title",
    "url: '/e#b/'", "url: '/f?b=1'",
    "url: /g%20b/", "url: 2025", "url: /emoji/🎉/", "url: ''", "url: /Blog/index.html",
    "url: ./dot/", "url: h.b/", "url: '/i+b&c/'",
    "url: /s\nslug: t", "url: /ü.html", "url: /:section/:filename/", "permalink: /not-hugos/",
    "path: /nor-this/",
    "slug: With Slug\nurl: /j/:slug/",
)  # fmt: skip

ELEVENTY = (
    "permalink: /perm/a/", "permalink: perm/b/", "permalink: /perm/c.html",
    "permalink: /perm/d/index.html", "permalink: ./perm/dot/",
    "permalink: /perm/e/./b//c/", "permalink: /perm/ü b/", "permalink: /perm/🎉/",
    "permalink: /Perm/Upper/", "permalink: ''",
    "permalink:\n  build: /perm/build/", "permalink: '/perm/f#b/'", "permalink: /perm/100%/",
    "permalink: /perm/%20/",
    "permalink: /perm/+a&b/", "permalink: /perm/it's.html", "permalink: perm/index.html",
    "slug: not-eleventys", "url: /nor-this/",
    "path: /nor/that/", "eleventyComputed:\n  permalink: /perm/computed/",
    "permalink: /perm/:year/:title/",
)  # fmt: skip


def _post(front: str, number: int = 0) -> str:
    return f'---\ntitle: "Title {number}, it\u2019s"\ndate: 2024-02-03\n{front}\n---\nWords.\n'


def _site(folder: Path, names: tuple[str, ...], fronts: tuple[str, ...]) -> None:
    put(folder, {name: _post("", number) for number, name in enumerate(names)})
    put(folder, {f"keys/k{number}.md": _post(front, number) for number, front in enumerate(fronts)})


@pytest.mark.parametrize("folder", ["content/posts", "content/post/Old Notes", "content"])
def test_addresses_of_a_hugo_site_are_those_of_the_files_that_hugo_writes(
    tmp_path: Path, folder: str
) -> None:
    """Whatever a file is called and whatever its ``slug`` and ``url`` say."""
    below = folder.removeprefix("content").strip("/")
    _site(tmp_path / folder, NAMES, HUGO)
    put(tmp_path / folder, {"section/_index.md": _post(""), "keys/_index.md": _post("")})
    theirs = by_hugo(tmp_path)
    ours = by_us(configure(tmp_path, "hugo", folder), below)
    assert len(ours) >= len(NAMES) + len(HUGO) - 3
    assert compare(ours, theirs) == []


def test_translations_that_hugo_tells_by_file_name_have_their_language_first(
    tmp_path: Path,
) -> None:
    """The site's own language has none.

    A word after a dot that is no language stays part of the name.
    """
    names = (
        "a.en.md",
        "a.de.md",
        "B c.FR.md",
        "b.zh-cn.md",
        "x.y.de.md",
        "bundle/index.md",
        "bundle/index.de.md",
        "draw.io.md",
    )
    put(tmp_path / "content/posts", {name: _post("") for name in names})
    put(
        tmp_path / "content/posts",
        {
            "u.de.md": _post("url: rel/u/"),
            "v.de.md": _post("url: /abs/v/"),
            "s.de.md": _post("slug: Über"),
        },
    )
    languages = "".join(
        f"[languages.{code}]\nweight = {n}\n"
        for n, code in enumerate(("en", "de", "fr", "zh-cn"), 1)
    )
    ours = by_us(configure(tmp_path, "hugo", "content/posts"), "posts")
    assert len(ours) == len(names) + 3
    assert compare(ours, by_hugo(tmp_path, more=languages)) == []


@pytest.mark.parametrize(
    ("source", "folder"),
    [(".", "posts"), (".", "blog/Old Notes"), ("src", "src/posts"), ("content", "content")],
)
def test_addresses_of_an_eleventy_site_are_those_of_the_files_that_eleventy_writes(
    tmp_path: Path, source: str, folder: str
) -> None:
    """Folders, dates and capitals stay; ``permalink`` is put in their place."""
    below = folder.removeprefix(source).strip("/") if source != "." else folder
    names = tuple(name for name in NAMES if not name.startswith("back"))
    _site(tmp_path / folder, names, ELEVENTY)
    ours = by_us(configure(tmp_path, "eleventy", folder), below)
    assert len(ours) >= len(names) + len(ELEVENTY) - 1
    assert compare(ours, by_eleventy(tmp_path, source=source)) == []


@pytest.mark.parametrize("preset", ["hugo", "eleventy"])
def test_addresses_of_real_sites_are_those_that_their_generator_writes(
    corpus: Path, tmp_path: Path, preset: str
) -> None:
    """Every post; of three with one slug Hugo writes over two, and ours all have that address."""
    folder = "content" if preset == "hugo" else "src"
    shutil.copytree(corpus / preset, tmp_path / folder)
    for path in (tmp_path / folder).rglob("*.*"):
        # Their words use layouts, data and shortcodes that only their own site has; where a page
        # goes does not depend on them.
        _, front, _ = path.read_text("utf-8").split("---\n", 2)
        kept = "\n".join(line for line in front.splitlines() if not line.startswith("layout:"))
        path.write_text(f"---\n{kept}\n---\nWords.\n", "utf-8")
    theirs = by_hugo(tmp_path) if preset == "hugo" else by_eleventy(tmp_path, source=folder)
    ours = by_us(configure(tmp_path, preset, folder))
    over = {path for path, where in ours.items() if path not in theirs and where in theirs.values()}
    assert len(over) == (2 if preset == "hugo" else 0)
    assert len(ours) == (121 if preset == "hugo" else 67)
    assert compare({path: where for path, where in ours.items() if path not in over}, theirs) == []


HUGO_SITES = [
    pytest.param("", "content/posts", "content", id="usual"),
    pytest.param('contentDir = "texts/de"\n', "texts/de/blog", "texts/de", id="contentDir"),
    pytest.param(
        '[languages.en]\ncontentDir = "content/english"\n',
        "content/english/post",
        "content/english",
        id="language",
    ),
]
ELEVENTY_SITES = [
    pytest.param(".", "posts", id="no-input"),
    pytest.param("site", "site/posts", id="input"),
    pytest.param(".", "src/posts", id="src-below"),
    pytest.param("content", "content/blog", id="usual"),
]


@pytest.mark.parametrize(("more", "folder", "content"), HUGO_SITES)
def test_init_beside_hugo_gives_the_addresses_that_hugo_gives(
    tmp_path: Path, more: str, folder: str, content: str
) -> None:
    """Wherever its own configuration says that content is."""
    put(
        tmp_path / folder, {"First Post.md": _post(""), "Sub/2024-01-02-B.md": _post("slug: Other")}
    )
    theirs = by_hugo(tmp_path, more=more, content=content)
    start(tmp_path, preset="", url="https://example.org", title="A site", zone="UTC")
    ours = by_us(tmp_path / "publisher.toml", folder.removeprefix(content).strip("/"))
    assert len(ours) == 2
    assert compare(ours, theirs) == []


@pytest.mark.parametrize(("source", "folder"), ELEVENTY_SITES)
def test_init_beside_eleventy_gives_the_addresses_that_eleventy_gives(
    tmp_path: Path, source: str, folder: str
) -> None:
    """Wherever its configuration says that its input is."""
    put(tmp_path / folder, {"First Post.md": _post(""), "Sub/2024-01-02-B.md": _post("")})
    theirs = by_eleventy(tmp_path, source=source)
    start(tmp_path, preset="", url="https://example.org", title="A site", zone="UTC")
    ours = by_us(
        tmp_path / "publisher.toml",
        folder if source == "." else folder.removeprefix(source).strip("/"),
    )
    assert len(ours) == 2
    assert compare(ours, theirs) == []


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
