"""The daemon works inside the sandbox of its systemd unit."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.systemd_unit import needs_systemd, unit_settings

if TYPE_CHECKING:
    from collections.abc import Iterator


NOBODY = 65534
AS_NOBODY = [
    "setpriv",
    f"--reuid={NOBODY}",
    f"--regid={NOBODY}",
    "--clear-groups",
    "--no-new-privs",
    "--bounding-set=-all",
]


@pytest.fixture
def sandbox() -> Iterator[Path]:
    """A site that is root's, beside the folder systemd would have made for the daemon's user."""
    folder = Path(tempfile.mkdtemp(prefix="publisher-unit-"))
    folder.chmod(0o755)
    posts, kept = folder / "site" / "posts", folder / "var"
    posts.mkdir(parents=True)
    kept.mkdir()
    kept.chmod(0o755)
    (posts / "a.md").write_text("---\ntitle: A\ndate: 2026-01-01\ntags: [t]\n---\nWords.\n")
    (folder / "site" / "publisher.toml").write_text(
        '[site]\ntitle = "S"\nurl = "https://s.example"\ntimezone = "UTC"\n[posts]\nsettle ='
        f' 0\n[output]\npublic = "{kept}/public"\nnewsletters ='
        f' "{kept}/newsletters"\n[delivery]\nmaildir = "{kept}/maildir"\n[state]\nfolder ='
        f' "{kept}/state"\n[web]\nurl = "https://news.example"\nport = 0\n'
    )
    yield folder
    shutil.rmtree(folder)


def _run_until_fed(command: list[str], folder: Path, **environ: str) -> tuple[int, str]:
    """Run the daemon until the feed is there, end it as systemd does; give status and output."""
    process = subprocess.Popen(
        command,
        cwd=folder / "site",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while (
            not (folder / "var" / "newsletters" / ".mark").exists()
            and time.monotonic() < deadline
            and process.poll() is None
        ):
            time.sleep(0.2)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        said, _ = process.communicate(timeout=90)
    return process.returncode, said


DAEMON = [sys.executable, "-m", "publisher", "run", "--config"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and change the user")
def test_the_daemon_works_where_only_its_state_directory_may_be_written(sandbox: Path) -> None:
    """The rest of the disk is read-only, it is nobody in particular and can become nobody else.

    As the unit has it.
    """
    os.chown(sandbox / "var", NOBODY, NOBODY)
    script = """
        mount --make-rprivate / && mount -o remount,bind,ro / || exit 77
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77
        mount --bind "$1/var" "$1/var" && mount -o remount,bind,rw "$1/var" || exit 77
        shift; exec "$@"
    """
    command = [
        "unshare",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        str(sandbox),
        *AS_NOBODY,
        *DAEMON,
        str(sandbox / "site"),
    ]
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mounts of its own may be made here")
    status, said = _run_until_fed(command, sandbox, HOME="/nonexistent")
    if status == 77:
        pytest.skip("the disk cannot be made read-only here")
    assert status == 0, said
    assert (sandbox / "var" / "public" / "feed.xml").exists(), said
    modes = {
        str(path.relative_to(sandbox / "var")): stat.S_IMODE(path.stat().st_mode)
        for path in (sandbox / "var").rglob("*")
    }
    assert (modes["public"], modes["public/tags"], modes["public/feed.xml"]) == (
        0o755,
        0o755,
        0o644,
    )
    private = {name: mode for name, mode in modes.items() if not name.startswith("public")}
    assert {name: oct(mode) for name, mode in private.items() if mode & 0o077} == {}
    assert {"state/publisher.db", "state/secret.key", "newsletters/.mark"} <= private.keys()


def _members(group: str) -> set[str]:
    """Expand a group of system calls as this systemd has it."""
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    names = {
        line.strip()
        for line in done.stdout.splitlines()
        if line.startswith(" ") and not line.strip().startswith("#")
    }
    return {
        inner for name in names for inner in (_members(name) if name.startswith("@") else {name})
    }


@needs_systemd
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_daemon_asks_the_system_for_nothing_that_the_unit_forbids(sandbox: Path) -> None:
    """System calls, memory that is written and run, families of sockets.

    Of a whole life of the daemon, to its end.
    """
    allowed: set[str] = set()
    for value in unit_settings()["SystemCallFilter"]:
        named = {
            name
            for word in value.lstrip("~").split()
            for name in (_members(word) if word.startswith("@") else {word})
        }
        allowed = allowed - named if value.startswith("~") else allowed | named
    trace = sandbox / "trace"
    command = [
        "strace",
        "-f",
        "-qq",
        "-s",
        "0",
        "-e",
        "signal=none",
        "-o",
        str(trace),
        *DAEMON,
        str(sandbox / "site"),
    ]
    _, said = _run_until_fed(command, sandbox)
    lines = trace.read_text("utf-8", "replace").splitlines()
    calls = {
        match[1] for line in lines if (match := re.match(r"\d+ +(?:<\.\.\. )?(\w+)[( ]", line))
    }
    assert {"openat", "fsync", "bind", "listen", "clone3"} & calls, said
    if os.geteuid() == 0:
        calls -= {
            "chown",
            "fchown",
        }  # root gives what it makes to the folder's owner; the unit's user is not root
    assert calls - allowed == set()
    assert [
        line for line in lines if "PROT_WRITE|PROT_EXEC" in line or "PROT_EXEC|PROT_WRITE" in line
    ] == []
    families = {match[1] for line in lines if (match := re.search(r"socket\((AF_\w+)", line))}
    # glibc asks over netlink which families there are, and where it may not, takes it that both
    # are.
    assert families - {"AF_NETLINK"} <= set(unit_settings()["RestrictAddressFamilies"][0].split())
