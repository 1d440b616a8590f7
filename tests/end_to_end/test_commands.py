"""The commands as people type them: what they print, write and end with."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from tests.commands import publisher
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
POST = "---\ntitle: {title}\ndate: {date}\ndraft: {draft}\n---\nWords of {title}.\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with two old posts, built once."""
    made = Site(tmp_path)
    for name in ("one", "two"):
        made.write(f"{name}.md", POST.format(title=name.title(), date="2020-01-01", draft="false"))
    done = publisher("build", "-c", made.config_file)
    assert done.returncode == 0, done.stderr
    return made


def _build(site: Site, *options: str) -> dict[str, Any]:
    done = publisher("build", "--json", "-c", site.config_file, *options)
    assert done.returncode in {0, 1}, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _publish(site: Site, *titles: str) -> dict[str, Any]:
    for title in titles:
        site.write(f"{title.lower()}.md", POST.format(title=title, date=TODAY, draft="false"))
    return _build(site)


def test_build_prints_one_json_object(site: Site) -> None:
    """The shape that scripts rely on."""
    built = _publish(site, "Three")
    assert set(built) == {"posts", "feeds", "issues", "problems", "seconds"}
    assert set(built["posts"]) == {
        "total",
        "published",
        "draft",
        "scheduled",
        "expired",
        "invalid",
        "ignored",
    }
    (issue,) = built["issues"]
    assert {**issue, "id": 0} == {
        "id": 0,
        "subject": "Three",
        "posts": ["three.md"],
        "state": "queued",
        "reason": None,
        "path": f"newsletters/{TODAY}-three/issue.html",
    }
    assert (site.folder / str(issue["path"])).is_file()
    assert "feed.xml" in built["feeds"]["written"]


def test_build_says_what_it_did_and_what_comes_next(tmp_path: Path) -> None:
    """A newcomer knows which file to open and how to release what is held."""
    site = Site(tmp_path)
    site.write("one.md", POST.format(title="One", date="2020-01-01", draft="false"))
    said = publisher("build", "-c", site.config_file).stdout
    for needed in (
        "NOT MAILED",
        "1 published",
        "held (first run)",
        "issue.html",
        "publisher issues release 1",
        "baseline",
    ):
        assert needed in said


def test_a_dry_run_decides_and_writes_nothing(site: Site) -> None:
    """What it would announce is said; files and state stay."""
    before = site.bytes()
    site.write("three.md", POST.format(title="Three", date=TODAY, draft="false"))
    assert [issue["state"] for issue in _build(site, "--dry-run")["issues"]] == ["queued"]
    assert site.bytes() == before
    assert [issue["state"] for issue in _build(site)["issues"]] == ["queued"]


def test_a_refused_post_ends_with_1_and_names_file_line_and_cure(site: Site) -> None:
    """Exit status 1: done, but some posts were refused."""
    site.write("bad.md", "---\ntitle: [x\n---\n")
    done = publisher("build", "-c", site.config_file)
    assert done.returncode == 1
    assert "posts/bad.md:3" in done.stdout
    assert "Quote values" in done.stdout
    assert publisher("check", "-c", site.config_file).returncode == 1


def test_deletions_are_accepted_only_when_said(site: Site) -> None:
    """``--accept-deletions``."""
    for path in site.posts.iterdir():
        path.unlink()
    site.write("only.md", POST.format(title="Only", date="2020-01-01", draft="true"))
    (site.posts / "only.md").unlink()
    done = publisher("build", "-c", site.config_file)
    assert done.returncode == 1
    assert "--accept-deletions" in done.stdout
    assert _build(site, "--accept-deletions")["posts"]["published"] == 0
    assert feedparser.parse((site.folder / "public" / "feed.xml").read_bytes()).entries == []


def test_issues_are_listed_shown_released_discarded_and_made(site: Site) -> None:
    """Everything that an editor does with issues."""
    config = ("-c", site.config_file)
    assert "first run" in publisher("issues", "list", *config).stdout
    assert "Words of" in publisher("issues", "show", 1, *config).stdout
    assert (
        json.loads(publisher("issues", "release", 1, "--json", *config).stdout)["issues"][0][
            "state"
        ]
        == "queued"
    )
    again = publisher("issues", "release", 1, *config)
    assert (again.returncode, "is queued" in again.stderr) == (2, True)
    made = json.loads(publisher("issues", "new", "one.md", "--json", *config).stdout)["issues"][0]
    assert (made["state"], made["reason"]) == ("held", "by hand")
    assert publisher("issues", "new", "one.md", *config).returncode == 2
    discarded = json.loads(
        publisher("issues", "discard", "--reason", "by hand", "--json", *config).stdout
    )["issues"]
    assert [issue["state"] for issue in discarded] == ["cancelled"]
    assert publisher("issues", "show", 99, *config).returncode == 2
    assert publisher("issues", "release", *config).returncode == 2
    assert _build(site)["issues"] == []


def test_a_flood_is_recorded_and_composed_only_when_shown(site: Site) -> None:
    """A round that holds more than ``burst`` keeps subject and reason.

    The path is null until somebody looks.
    """
    built = _publish(site, *(f"Flood{number}" for number in range(7)))
    assert {(issue["state"], issue["reason"], issue["path"]) for issue in built["issues"]} == {
        ("held", "bulk", None)
    }
    number = built["issues"][0]["id"]
    shown = json.loads(publisher("issues", "show", number, "--json", "-c", site.config_file).stdout)
    assert (site.folder / shown["path"]).is_file()
    released = json.loads(
        publisher("issues", "release", "--reason", "bulk", "--json", "-c", site.config_file).stdout
    )["issues"]
    assert [issue["state"] for issue in released] == ["queued"] * 7
    assert all((site.folder / issue["path"]).is_file() for issue in released)


def test_post_show_says_where_every_value_came_from(site: Site) -> None:
    """Field by field."""
    site.write("2026-01-02-named.md", "---\nauthor: Ada\n---\n# A heading\n\nText")
    said = publisher("post", "show", "2026-01-02-named.md", "-c", site.config_file).stdout
    for needed in ("A heading", "first heading", "file name", "front matter author", "posts.url"):
        assert needed in said
    as_json = json.loads(
        publisher("post", "show", "2026-01-02-named.md", "--json", "-c", site.config_file).stdout
    )
    assert as_json["post"]["slug"] == "named"
    assert publisher("post", "show", "absent.md", "-c", site.config_file).returncode == 2


def test_status_says_what_is_where_and_what_comes_next(site: Site) -> None:
    """Posts by status, feeds and their age, issues and why, the next scheduled post."""
    site.write("later.md", POST.format(title="Later", date="2099-01-01", draft="false"))
    _build(site)
    said = publisher("status", "-c", site.config_file).stdout
    for needed in (
        "2 published",
        "1 scheduled",
        "documents in",
        "held: first run",
        "later.md at 2099-01-01",
        "in ",
    ):
        assert needed in said
    as_json = json.loads(publisher("status", "--json", "-c", site.config_file).stdout)
    assert as_json["scheduled"][0]["path"] == "later.md"


def test_check_names_what_is_ignored_missing_and_shared(site: Site) -> None:
    """Ignored files with the reason, missing pictures, shared addresses, wrong templates."""
    site.write("page.md", "---\ntitle: P\nlayout: page\n---\nx")
    site.write("pic.md", "---\ntitle: P\n---\n![](absent.png)\n")
    site.write("same.md", "---\ntitle: P\nslug: one\n---\nx")
    (site.folder / "templates" / "newsletter").mkdir(parents=True)
    (site.folder / "templates" / "newsletter" / "post.html").write_text("{% if %}")
    done = publisher("check", "-c", site.config_file)
    assert done.returncode == 1
    for needed in ("layout: page", "absent.png", "also that of", "templates/newsletter/post.html"):
        assert needed in done.stdout


def test_hooks_speak_once_a_round(tmp_path: Path) -> None:
    """JSON on standard input; a failing one is a warning and blocks nothing."""
    command = json.dumps(
        [sys.executable, "-c", "import sys; open('heard', 'a').write(sys.stdin.read() + '\\n')"]
    )
    site = Site(
        tmp_path,
        more=(
            f"[hooks]\nissue_held = {command}\nissue_queued = {command}\nfeeds_changed ="
            ' ["false"]\n'
        ),
    )
    site.write("one.md", POST.format(title="One", date="2020-01-01", draft="false"))
    built = _build(site)
    assert [
        "'false' ended with status 1" in str(problem["message"]) for problem in built["problems"]
    ] == [True]
    _publish(site, "Two", "Three")
    heard = [json.loads(line) for line in (tmp_path / "heard").read_text().splitlines()]
    assert [(event["event"], len(event["issues"])) for event in heard] == [
        ("issue_held", 1),
        ("issue_queued", 2),
    ]


def test_adopt_keeps_the_ids_that_readers_know(tmp_path: Path) -> None:
    """Matched by link, else by title and date; what did not match is listed.

    Also after the first build.
    """
    site = Site(tmp_path)
    site.write("one.md", POST.format(title="One", date="2020-01-01", draft="false"))
    site.write("two.md", POST.format(title="Two", date="2020-01-02", draft="false"))
    old = (
        '<?xml version="1.0"?><rss'
        ' version="2.0"><channel><title>t</title><link>http://example.org/</link>'
        "<description>d</description>"
        "<item><title>x</title><link>http://www.example.org/one/</link>"
        "<guid>https://example.org/?p=1</guid></item>"
        "<item><title>Two</title><link>https://old.example/2</link><guid>old-two</guid>"
        "<pubDate>Thu, 02 Jan 2020 00:00:00 GMT</pubDate></item>"
        "<item><title>Gone</title><link>https://old.example/3</link>"
        "<guid>old-three</guid></item></channel></rss>"
    )
    (tmp_path / "old.xml").write_text(old)
    _build(site)
    done = publisher("adopt", tmp_path / "old.xml", "-c", site.config_file)
    assert "2 of 3" in done.stdout
    assert "Gone" in done.stdout
    _build(site)
    entries = feedparser.parse((tmp_path / "public" / "feed.xml").read_bytes()).entries
    assert {entry.title: entry.id for entry in entries} == {
        "One": "https://example.org/?p=1",
        "Two": "old-two",
    }
    assert publisher("adopt", site.config_file, "-c", site.config_file).returncode == 2


def test_a_site_on_postgresql_publishes_the_same(tmp_path: Path, postgres_url: str) -> None:
    """The same chain, the same feeds."""
    sites = [Site(tmp_path / name) for name in ("sqlite", "postgres")]
    for site, url in zip(sites, ("", postgres_url), strict=True):
        site.write("one.md", POST.format(title="One", date="2020-01-01", draft="false"))
        site.write("two.md", POST.format(title="Two", date=TODAY, draft="true"))
        for draft in ("true", "false", "false"):
            site.write("two.md", POST.format(title="Two", date=TODAY, draft=draft))
            done = publisher("build", "--json", "-c", site.config_file, PUBLISHER_STATE__URL=url)
            assert done.returncode == 0, done.stderr
    first, second = (
        {name: digest for name, digest in site.bytes().items() if name.startswith("public")}
        for site in sites
    )
    assert first == second
    assert {path.name for path in (tmp_path / "postgres" / "newsletters").glob("*two*")} == {
        f"{TODAY}-two"
    }


def test_two_configurations_need_their_own_state(site: Site) -> None:
    """The database remembers whose it is, while that configuration exists."""
    second = site.folder / "second.toml"
    second.write_text(site.config_file.read_text())
    done = publisher("build", "-c", second)
    assert done.returncode == 2
    assert "belongs to" in done.stderr
    assert "its own" in done.stderr
