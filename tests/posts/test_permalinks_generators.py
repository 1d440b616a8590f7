"""Addresses of Hugo and Eleventy sites are those of the files that Hugo and Eleventy write."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from publisher.cli.starting import start
from tests.posts.generators import by_eleventy, by_hugo, by_us, compare, configure, put

if TYPE_CHECKING:
    from pathlib import Path


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
