"""What ``check``, ``init`` and git say of a state that would be copied or committed."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from publisher.cli.exposure import generator_that_copies
from tests.commands import publisher
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path


PRIVATE = ("state", "maildir", "newsletters")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a post, nothing built yet."""
    made = Site(tmp_path / "site")
    made.write("a.md", "---\ntitle: A\ndate: 2026-01-01\ntags: [a]\n---\nWords.\n")
    return made


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
