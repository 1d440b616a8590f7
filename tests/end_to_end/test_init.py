"""``publisher init`` and ``check`` beside other generators, and a site's first configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path


def test_init_starts_a_site_that_builds(tmp_path: Path) -> None:
    """One published post, one draft that says how to publish it."""
    done = publisher(
        "init",
        tmp_path / "new",
        "--title",
        'My "Site"',
        "--url",
        "https://me.example",
        "--zone",
        "Asia/Tokyo",
    )
    assert done.returncode == 0, done.stderr
    config = (tmp_path / "new" / "config.toml").read_text()
    assert 'timezone = "Asia/Tokyo"' in config
    built = json.loads(publisher("build", "--json", "-c", tmp_path / "new" / "config.toml").stdout)
    assert (built["posts"]["published"], built["posts"]["draft"]) == (1, 1)
    assert publisher("init", tmp_path / "new").returncode == 2


@pytest.mark.parametrize(
    ("file", "text", "folder", "pattern"),
    [
        (
            "_config.yml",
            "title: S\nurl: https://s.example\npermalink: /news/:year/:title/\n",
            "_posts",
            "/news/{year}/{slug}/",
        ),
        ("_config.yml", "title: S\nurl: https://s.example\n", "_posts", "jekyll"),
        (
            "hugo.toml",
            'title = "S"\nbaseURL = "https://s.example/"\n[permalinks]\nposts = "/:year/:slug/"\n',
            "content/posts",
            "/{year}/{slug}/",
        ),
        ("config.toml", 'title = "S"\nbaseURL = "https://s.example/"\n', "content/post", "hugo"),
        (
            "hugo.yaml",
            "title: S\ncontentDir: content/en\npermalinks:\n  blog: /:section/:year/:slug/\n",
            "content/en/blog",
            "/blog/{year}/{slug}/",
        ),
        ("hugo.yaml", "title: S\ncontentDir: content/en\n", "content/en/posts", "hugo"),
        ("config.toml", 'title = "S"\nbase_url = "https://s.example"\n', "content/blog", "zola"),
        (
            "pelicanconf.py",
            "SITENAME = 'S'\nSITEURL = 'https://s.example'\nARTICLE_URL = 'posts/{slug}/'\n",
            "content",
            "/posts/{slug}/",
        ),
        (".eleventy.js", "module.exports = function () {}\n", "src/posts", "eleventy"),
        (
            "astro.config.mjs",
            "export default { site: 'https://s.example' }\n",
            "src/content/blog",
            "astro",
        ),
    ],
)
def test_init_recognises_a_generator_and_touches_nothing_of_it(
    tmp_path: Path, file: str, text: str, folder: str, pattern: str
) -> None:
    """Its configuration is read as text; ours stands beside it."""
    (tmp_path / file).write_text(text)
    (tmp_path / folder).mkdir(parents=True)
    done = publisher("init", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / file).read_text() == text
    written = (tmp_path / "publisher.toml").read_text()
    assert f'folder = "{folder}"' in written
    assert f'url = "{pattern}"' in written
    assert {path.name for path in tmp_path.iterdir()} == {
        file,
        folder.split("/", maxsplit=1)[0],
        "publisher.toml",
        ".publisher",
    }


def test_init_in_a_vault_takes_the_folder_itself_and_only_flagged_notes(tmp_path: Path) -> None:
    """An Obsidian vault has no posts folder, and most of its notes are nobody's business."""
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / "Note.md").write_text("---\ntags: [a]\n---\nMine alone.\n")
    (tmp_path / "Out.md").write_text("---\npublish: true\ndate: 2026-01-01\n---\nFor all.\n")
    assert publisher("init", tmp_path, "--url", "https://me.example").returncode == 0
    written = (tmp_path / "config.toml").read_text()
    assert 'folder = "."' in written
    assert 'require = "publish"' in written
    built = json.loads(
        publisher(
            "build", "--json", "-c", tmp_path / "config.toml", PUBLISHER_POSTS__SETTLE="0"
        ).stdout
    )
    assert (built["posts"]["total"], built["posts"]["published"]) == (1, 1)
    again = json.loads(
        publisher(
            "build", "--json", "-c", tmp_path / "config.toml", PUBLISHER_POSTS__SETTLE="0"
        ).stdout
    )
    assert again["posts"] == built["posts"], "what was written beside the notes is not read back"
    assert again["feeds"]["written"] == []


def test_check_leaves_a_generators_own_templates_alone(tmp_path: Path) -> None:
    """Only templates/newsletter and templates/web are ours; the rest is in another language."""
    site = Site(tmp_path)
    site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nWords.\n")
    (tmp_path / "templates" / "newsletter").mkdir(parents=True)
    (tmp_path / "templates" / "index.html").write_text("{% break %}")
    assert publisher("check", "-c", site.config_file).returncode == 0
    (tmp_path / "templates" / "newsletter" / "issue.html").write_text("{% wrong %}")
    done = publisher("check", "-c", site.config_file)
    assert done.returncode == 1
    assert "error: templates/newsletter/issue.html:1:" in done.stdout


def test_in_ci_a_first_run_warns_that_every_run_is_one(tmp_path: Path) -> None:
    """With the cure."""
    site = Site(tmp_path)
    said = publisher("run", "--once", "-c", site.config_file, CI="true").stdout
    assert "every run here is a first run" in said
    assert "PUBLISHER_STATE__URL" in said


def test_a_wrong_configuration_ends_with_2(tmp_path: Path) -> None:
    """Key, value, what is allowed."""
    site = Site(tmp_path, more="[feeds]\nentrys = 3\n")
    done = publisher("build", "-c", site.config_file)
    assert done.returncode == 2
    assert "'entries'" in done.stderr
    assert publisher("build", cwd=tmp_path / "posts").returncode == 2
