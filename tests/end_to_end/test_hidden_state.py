"""Nothing of the state can be read, served, copied or committed by accident (promise 12)."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from publisher.cli.exposure import generator_that_copies
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


def test_init_keeps_everything_private_in_one_folder_that_git_ignores(tmp_path: Path) -> None:
    """After work in a Jekyll site, git stages none of it, and Jekyll would copy none of it."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_config.yml").write_text("title: J\nurl: https://j.example\n")
    (tmp_path / "_posts" / "2020-01-01-old.md").write_text("---\ntitle: Old\n---\nx\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert publisher("init", tmp_path).returncode == 0
    assert publisher("build", cwd=tmp_path).returncode == 0
    assert (
        publisher(
            "subscribers", "add", "ada@example.org", "--consent", "asked", cwd=tmp_path
        ).returncode
        == 0
    )
    assert {path.name for path in (tmp_path / ".publisher").iterdir()} == {".gitignore", *PRIVATE}
    staged = subprocess.run(
        ["git", "-C", str(tmp_path), "add", "-A", "-n", "."],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line for line in staged.splitlines() if ".publisher" in line] == [
        "add '.publisher/.gitignore'"
    ]
    assert not any((tmp_path / name).exists() for name in PRIVATE)
    checked = publisher("check", cwd=tmp_path)
    assert checked.returncode == 0
    assert ".publisher" not in checked.stdout, "there is nothing to be told"


def test_a_configuration_written_by_hand_keeps_its_state_out_of_git_too(site: Site) -> None:
    """The folders of addresses, keys and messages say so themselves when the program makes them."""
    subprocess.run(["git", "init", "-q", str(site.folder)], check=True)
    assert (
        publisher(
            "subscribers", "add", "ada@example.org", "--consent", "asked", cwd=site.folder
        ).returncode
        == 0
    )
    assert list((site.folder / "maildir" / "new").iterdir())
    staged = subprocess.run(
        ["git", "-C", str(site.folder), "add", "-A", "-n", "."],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [line for line in staged.splitlines() if "state/" in line or "maildir/" in line] == [
        "add 'maildir/.gitignore'",
        "add 'state/.gitignore'",
    ]


def test_init_finds_the_state_of_an_older_configuration_again(site: Site) -> None:
    """Whoever lost the file and writes it anew does not lose subscribers and keys with it."""
    site.build()
    site.config_file.unlink()
    assert publisher("init", site.folder, "--url", "https://example.org").returncode == 0
    assert 'folder = "state"' in site.config_file.read_text()
    assert not (site.folder / ".publisher").exists()
    status = json.loads(publisher("status", "--json", cwd=site.folder).stdout)
    assert status["posts"]["published"] == 1


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


def _told(folder: Path, **environ: str) -> list[tuple[str, str]]:
    done = publisher("check", "--json", cwd=folder, **environ)
    return [
        (problem["level"], problem["message"]) for problem in json.loads(done.stdout)["problems"]
    ]


def test_check_names_a_state_that_git_has_or_would_take(site: Site) -> None:
    """A 0.1.0 site keeps its places, and is told.

    An error once files are in the repository, a warning before.
    """
    site.build()
    (site.folder / "state" / ".gitignore").unlink()
    assert not any(" git" in message for _, message in _told(site.folder)), (
        "outside a repository there is nothing to tell"
    )
    git = ["git", "-C", str(site.folder), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    told = [
        message
        for level, message in _told(site.folder)
        if level == "warning" and "does not ignore" in message
    ]
    assert [
        key
        for message in told
        for key in ("state.folder", "delivery.maildir", "output.newsletters")
        if key in message
    ] == [
        "state.folder",
        "delivery.maildir",
        "output.newsletters",
    ]
    subprocess.run([*git, "add", "-A"], check=True)
    told = [message for level, message in _told(site.folder) if level == "error"]
    assert len(told) == 1
    assert "Files of state.folder" in told[0]
    subprocess.run([*git, "rm", "-rq", "--cached", "state", "newsletters"], check=True)
    (site.folder / ".gitignore").write_text("state/\nmaildir/\nnewsletters/\n")
    assert not any(" git" in message for _, message in _told(site.folder))


def test_check_names_a_state_that_the_sites_generator_would_copy(site: Site) -> None:
    """An error for addresses and keys, a warning for newsletters.

    A state that lies elsewhere is nobody's to copy.
    """
    site.build()
    (site.folder / "_config.yml").write_text("title: J\n")
    told = [(level, message) for level, message in _told(site.folder) if "would copy" in message]
    assert [
        (level, next(key for key in message.split() if "." in key)) for level, message in told
    ] == [
        ("error", "state.folder"),
        ("error", "delivery.maildir"),
        ("warning", "output.newsletters"),
    ]
    done = publisher("build", cwd=site.folder)
    assert done.returncode == 0, "mail that went out until now goes on"
    assert "error: config.toml: Jekyll would copy state.folder" in done.stderr
    (site.folder / "_config.yml").write_text("title: J\nexclude: [state, maildir/, newsletters]\n")
    assert not any("would copy" in message for _, message in _told(site.folder))
    inner = site.folder / "kept"
    inner.mkdir()
    (site.folder / "_config.yml").write_text("title: J\n")
    shutil.move(site.config_file, inner / "config.toml")
    assert any("would copy state.folder" in message for _, message in _told(inner)), (
        "the site may be a folder above"
    )


def test_a_backup_is_not_put_where_the_generator_copies_it(site: Site) -> None:
    """The archive holds every address and the keys, and goes into the current folder by default."""
    site.build()
    (site.folder / "_config.yml").write_text("title: J\n")
    done = publisher("backup", cwd=site.folder)
    assert done.returncode == 2
    assert "Jekyll would copy" in done.stderr
    assert not list(site.folder.glob("*.tar.gz"))
    assert publisher("backup", site.folder.parent, cwd=site.folder).returncode == 0
    assert generator_that_copies(site.folder.parent / "x.tar.gz") == ""


def test_check_names_secrets_that_others_on_the_machine_can_read(site: Site) -> None:
    """Keys, the relay's password, a password in the database's address: by file, mode and cure."""
    site.build()
    password = site.folder / "relay.txt"
    password.write_text("s3cret\n")
    address = "postgresql://ada:s3cret@db.example/list"
    site.config_file.write_text(
        f'{site.config_file.read_text()}[smtp]\npassword_file = "relay.txt"\n[state]\nurl ='
        f' "{address}"\n'
    )
    (site.folder / "state" / "secret.key").write_text("6b" * 32)
    for path in (password, site.folder / "state" / "secret.key", site.config_file):
        path.chmod(0o644)
    told = [message for _, message in _told(site.folder)]
    assert any("smtp.password_file" in message and "0644" in message for message in told)
    assert any("secret.key may be read by others (mode 0644)" in message for message in told)
    assert any("state.url holds a password" in message and "0644" in message for message in told)
    assert not any("s3cret" in message for message in told)
    password.chmod(0o640)
    (site.folder / "state" / "secret.key").chmod(0o600)
    told = [message for _, message in _told(site.folder, PUBLISHER_STATE__URL=address)]
    assert not any(word in message for message in told for word in ("password", "secret.key"))
