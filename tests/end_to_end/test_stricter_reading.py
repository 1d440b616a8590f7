"""A setting that would take many posts out of the feeds.

Every command says so, and nothing changes until somebody accepts it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.commands import publisher
from tests.daemon.running import Daemon
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

POST = "---\ntitle: Post {number}\ndate: 2020-01-0{number}\n{more}---\nWords {number}.\n"
FLAG = "--accept-hidden"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site of eight posts, built before ``posts.require``, which would leave two, was set."""
    site = Site(tmp_path)
    for number in range(1, 9):
        site.write(
            f"post-{number}.md",
            POST.format(number=number, more="publish: true\n" if number < 3 else ""),
        )
    assert _run(site, "build").returncode == 0
    text = site.config_file.read_text("utf-8")
    site.config_file.write_text(
        text.replace("settle = 0", 'settle = 0\nrequire = "publish"'), "utf-8"
    )
    return site


def _run(site: Site, *command: str) -> subprocess.CompletedProcess[str]:
    return publisher(*command, "-c", site.config_file)


def _json(site: Site, *command: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_run(site, *command, "--json").stdout)
    return found


def _entries(site: Site) -> int:
    return len(json.loads((site.folder / "public" / "feed.json").read_bytes())["items"])


def test_build_names_the_posts_and_waits(site: Site) -> None:
    """Status 1, the same bytes, each post with the reason.

    What is accepted is hidden, and stays so without being said again.
    """
    before = site.bytes()
    site.write("new.md", POST.format(number=9, more="publish: true\n"))
    for _ in range(2):
        done = _run(site, "build")
        assert done.returncode == 1
        for needed in (
            FLAG,
            "6 of 8 published posts",
            "posts/post-3.md:1",
            "posts/post-8.md:1",
            "posts.require",
        ):
            assert needed in done.stdout
        assert site.bytes() == before
    assert _run(site, "build", "--dry-run", FLAG).returncode == 0
    assert site.bytes() == before
    assert _run(site, "build", FLAG).returncode == 0
    assert _entries(site) == 3
    site.write("post-1.md", POST.format(number=1, more="publish: true\n") + "Edited.\n")
    assert _run(site, "build").returncode == 0


def test_run_once_changes_nothing_either(site: Site) -> None:
    """The cron line tells whoever reads its mail."""
    before = site.bytes()
    done = _run(site, "run", "--once")
    assert done.returncode == 1
    assert FLAG in done.stdout
    assert site.bytes() == before


def test_check_says_it_before_anything_is_built_and_writes_nothing(site: Site) -> None:
    """Seen to fail without ``checking._of_round``."""
    before = site.bytes()
    done = _run(site, "check")
    assert done.returncode == 1
    for needed in (FLAG, "6 of 8 published posts", "posts/post-3.md:1"):
        assert needed in done.stdout
    assert site.bytes() == before
    assert _json(site, "status")["problems"] == [], "no round has been stopped yet"


def test_status_says_it_as_long_as_it_lasts(site: Site) -> None:
    """Also of a folder that lost its posts, and no longer when a round decided something."""
    _run(site, "build")
    assert FLAG in _run(site, "status").stdout
    (told,) = _json(site, "status")["problems"]
    assert (told["level"], told["path"]) == ("error", "")
    _run(site, "build", FLAG)
    assert _json(site, "status")["problems"] == []
    for number in range(1, 8):
        (site.posts / f"post-{number}.md").unlink()
    _run(site, "build")
    assert "--accept-deletions" in _run(site, "status").stdout
    for number in range(1, 8):
        site.write(
            f"post-{number}.md",
            POST.format(number=number, more="publish: true\n" if number < 3 else ""),
        )
    _run(site, "build")
    assert _json(site, "status")["problems"] == []


def test_check_of_a_site_that_was_never_built_makes_no_state(tmp_path: Path) -> None:
    """It looks, and leaves nothing."""
    site = Site(tmp_path)
    site.write("post.md", POST.format(number=1, more=""))
    assert _run(site, "check").returncode == 0
    assert not (tmp_path / "state").exists()


def test_a_daemon_says_it_and_build_beside_it_accepts(site: Site) -> None:
    """It was started with the new setting.

    Seen to fail where ``cli/running.py`` does not hand the option on.
    """
    before = site.bytes()
    with Daemon(site.folder) as daemon:
        daemon.until(lambda: any(FLAG in str(line.get("cure")) for line in daemon.complaints()))
        assert site.bytes() == before
        done = daemon.publisher("build")
        assert (done.returncode, FLAG in done.stdout) == (1, True)
        assert daemon.publisher("build", FLAG).returncode == 0
        daemon.until(lambda: _entries(site) == 2)
        assert daemon.publisher("build").returncode == 0
