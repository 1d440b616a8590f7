"""Nothing of the state can be read, served, copied or committed by accident (promise 12)."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from publisher.config.places import holds
from tests.commands import publisher
from tests.conftest import ROOT
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POST = "---\ntitle: A\ndate: 2026-01-01\ntags: [a]\n---\nWords.\n"
PRIVATE = ("state", "maildir", "newsletters")
WORK = """
set -e
publisher() { "$PYTHON" -m publisher "$@" >/dev/null; }
publisher build
publisher subscribers add ada@example.org --consent "asked"
publisher issues release 1
publisher run --once
publisher backup backup.tar.gz
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a post, nothing built yet."""
    made = Site(tmp_path / "site")
    made.write("a.md", POST)
    return made


def _work(site: Site, umask: int) -> None:
    """Build, subscribe, send and back up under a umask."""
    environ = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    script = f"umask {umask:04o}{WORK}"
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=site.folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _modes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*"):
        kind = "folder" if path.is_dir() else "file"
        yield f"{kind} {path.relative_to(folder)}", stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("umask", "existing"),
    [(0o000, PRIVATE), (0o022, ()), (0o077, PRIVATE)],
    ids=[
        "no umask, folders that existed",
        "usual umask, folders it makes",
        "strict umask, folders that existed",
    ],
)
def test_files_of_the_state_are_their_owners_alone_and_feeds_everybodys(
    site: Site, umask: int, existing: tuple[str, ...]
) -> None:
    """Every file of the state and every backup, whoever made the folder, whatever the umask."""
    for name in existing:
        (site.folder / name).mkdir(mode=0o755)
        (site.folder / name).chmod(0o755)
    _work(site, umask)
    private = {
        name: mode
        for top in PRIVATE
        for name, mode in _modes(site.folder / top)
        if name != "file .gitignore"
    }
    assert {name: oct(mode) for name, mode in private.items() if mode & 0o077} == {}
    assert {"file publisher.db", "file secret.key", "file run.lock", "file .mark"} <= private.keys()
    assert sum(mode == 0o600 for mode in private.values()) >= 8, (
        "an issue in three files and two messages are among them"
    )
    assert stat.S_IMODE((site.folder / "backup.tar.gz").stat().st_mode) == 0o600
    if not existing:
        assert {stat.S_IMODE((site.folder / top).stat().st_mode) for top in PRIVATE} == {0o700}
    served = dict(_modes(site.folder / "public"))
    assert {mode for name, mode in served.items() if name.startswith("file")} == {0o644}
    assert {stat.S_IMODE((site.folder / "public").stat().st_mode), served["folder tags"]} == {0o755}


def test_a_state_that_everybody_could_read_is_closed_at_the_next_start(site: Site) -> None:
    """Version 0.1.0 left the database to the umask where the folder existed.

    A crash leaves the journal beside it.
    """
    site.build()
    state = site.folder / "state"
    (state / "secret.key").write_text("6b" * 32 + "\n")
    (state / "publisher.db-wal").touch()
    (state / "run.lock").touch()
    for path in state.iterdir():
        path.chmod(0o664)
    assert publisher("build", cwd=site.folder).returncode == 0
    assert (
        publisher(
            "subscribers", "add", "bob@example.org", "--consent", "asked", cwd=site.folder
        ).returncode
        == 0
    )
    assert {path.name for path in state.iterdir() if path.stat().st_mode & 0o077} <= {".gitignore"}


PLACES = [
    ("the site's own folder", ".", ""),
    ("a folder above it", "..", ""),
    ("the state", "state", ""),
    ("the newsletters", "./newsletters", ""),
    ("the maildir", "out/../maildir", ""),
    ("a link to the site", "link", ""),
    ("a state inside", "public", '[state]\nfolder = "public/deep/state"\n'),
    ("a state behind a link", "public", '[state]\nfolder = "hidden"\n'),
    ("the relay's password", "public", '[smtp]\npassword_file = "public/relay.txt"\n'),
    ("a state by another name", "PÜBLIC", '[state]\nfolder = "pu\\u0308blic/state"\n'),
]


@pytest.mark.parametrize(
    ("public", "more"), [place[1:] for place in PLACES], ids=[place[0] for place in PLACES]
)
def test_no_start_works_with_a_public_folder_that_holds_the_state(
    tmp_path: Path, public: str, more: str
) -> None:
    """Wherever it really is.

    Nothing is written, the key and the cure are named, the status is that of a wrong configuration.
    """
    site = Site(tmp_path / "site", more=f'[output]\npublic = "{public}"\n{more}')
    site.write("a.md", POST)
    (site.folder / "link").symlink_to(".")
    if "hidden" in more:
        (site.folder / "public").mkdir()
        (site.folder / "hidden").symlink_to("public")
    before = sorted(site.folder.rglob("*"))
    for words in (["build"], ["run", "--once"], ["run"], ["serve"], ["worker"]):
        done = publisher(*words, cwd=site.folder)
        assert (
            done.returncode,
            "output.public" in done.stderr,
            "everybody could read it" in done.stderr,
        ) == (2, True, True), words
    assert sorted(site.folder.rglob("*")) == before
    done = publisher("check", "--json", cwd=site.folder)
    told = [
        problem for problem in json.loads(done.stdout)["problems"] if problem["level"] == "error"
    ]
    assert done.returncode == 1
    assert any(
        "output.public" in problem["message"] and "config.toml" in problem["path"]
        for problem in told
    )


def test_a_link_in_the_public_folder_that_leads_to_the_state_is_refused(site: Site) -> None:
    """A web server follows it; a link to anything else is the operator's own."""
    (site.folder / "public").mkdir()
    (site.folder / "public" / "pictures").symlink_to("/srv/pictures")
    assert publisher("build", cwd=site.folder).returncode == 0
    (site.folder / "public" / "data").symlink_to("../state")
    done = publisher("build", cwd=site.folder)
    assert done.returncode == 2
    assert "public/data is a link to state.folder" in done.stderr
    (site.folder / "public" / "data").unlink()
    (site.folder / "public" / "all").symlink_to("..")
    assert publisher("build", cwd=site.folder).returncode == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_mount_is_seen_through(tmp_path: Path) -> None:
    """The same folder by another path has no name in common with it."""
    inner, other = tmp_path / "site" / "state", tmp_path / "served"
    inner.mkdir(parents=True)
    other.mkdir()
    if subprocess.run(
        ["mount", "--bind", str(inner.parent), str(other)], capture_output=True, check=False
    ).returncode:
        pytest.skip("nothing may be mounted here")
    try:
        assert holds(other, inner)
        assert not holds(other, tmp_path / "elsewhere")
    finally:
        subprocess.run(["umount", str(other)], check=True)


def test_check_warns_of_posts_and_settings_that_are_served(tmp_path: Path) -> None:
    """Drafts are served with them; but the state is not, so it works."""
    kept = "".join(
        f'[{section}]\n{key} = "../kept/{key}"\n'
        for section, key in (("state", "folder"), ("delivery", "maildir"))
    )
    site = Site(
        tmp_path / "site",
        more=f'[output]\npublic = "."\nnewsletters = "../kept/newsletters"\n{kept}',
    )
    site.write("a.md", POST)
    done = publisher("check", cwd=site.folder)
    assert done.returncode == 0, done.stdout
    assert "holds the posts" in done.stdout
    assert "holds the configuration" in done.stdout
    done = publisher("build", "--json", cwd=site.folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["posts"]["published"] == 1
    assert "holds the posts" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files for others")
def test_what_root_makes_is_the_folder_owners(site: Site) -> None:
    """A build by sudo leaves nothing that the daemon's user may not open."""
    os.chown(site.folder, 65534, 65534)
    _work(site, 0o022)
    made = [
        path for top in PRIVATE for path in (site.folder / top, *(site.folder / top).rglob("*"))
    ]
    assert len(made) > 15
    assert {str(path) for path in made if path.stat().st_uid != 65534} == set()
