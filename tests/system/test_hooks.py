"""Hooks run the operator's commands, and never block or break a round."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from publisher.system.hooks import run_hook

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_hook_gets_json_on_standard_input_and_no_shell(tmp_path: Path) -> None:
    """Words stay words: nothing is expanded."""
    script = "import sys; open('out', 'w').write(sys.stdin.read() + '|' + sys.argv[1])"
    assert (
        run_hook(
            [sys.executable, "-c", script, "$HOME; *"], {"event": "x", "n": [1]}, folder=tmp_path
        )
        is None
    )
    data, argument = (tmp_path / "out").read_text().split("|")
    assert (json.loads(data), argument) == ({"event": "x", "n": [1]}, "$HOME; *")


def test_a_hook_that_fails_is_a_problem_with_its_last_words(tmp_path: Path) -> None:
    """Not an exception."""
    problem = run_hook(
        [sys.executable, "-c", "import sys; print('the reason'); sys.exit(3)"], {}, folder=tmp_path
    )
    assert problem is not None
    assert "status 3: the reason" in problem.found


def test_a_hook_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """The name is in the message."""
    problem = run_hook(["/no/such/program"], {}, folder=tmp_path)
    assert problem is not None
    assert "/no/such/program" in problem.found


def test_a_hook_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """The whole process group, so that no grandchild holds the pipe."""
    started = time.monotonic()
    problem = run_hook(["sh", "-c", "sleep 60 & sleep 60"], {}, folder=tmp_path, timeout=0.5)
    assert problem is not None
    assert "longer than 0.5 s" in problem.found
    assert time.monotonic() - started < 10


def test_a_hook_that_does_not_read_its_input_is_no_problem(tmp_path: Path) -> None:
    """``true`` is a fine hook."""
    assert run_hook(["true"], {"big": "x" * 1_000_000}, folder=tmp_path) is None


def test_a_hook_gets_the_environment_without_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has what it needs to run and what was set for it.

    No password of ours, by whatever name or inside whatever address.
    """
    secret = {
        "PUBLISHER_SMTP__PASSWORD": "s3cret",
        "PUBLISHER_STATE__URL": "postgresql://ada:s3cret@db.example/list",
        "PUBLISHER_FEEDS__URL": "https://x.example/?password=s3cret",
        "PUBLISHER_SOME_LATER_KEY": "s3cret",
        "publisher_dsn": "postgresql:///list?user=ada&password=s3cret",
        "PGPASSWORD": "s3cret",
        "DATABASE_URL": "mysql+x://:s3cret@db.example/list",
    }
    plain = {
        "PUBLISHER_SITE__URL": "https://me.example",
        "PUBLISHER_SMTP__PASSWORD_FILE": "/etc/relay",
        "NETLIFY_AUTH_TOKEN": "for the hook",
        "MAIL": "mailto:ada@example.org",
        "LANG": "C.UTF-8",
    }
    for name, value in (secret | plain).items():
        monkeypatch.setenv(name, value)
    script = "import json, os; json.dump(dict(os.environ), open('out', 'w'))"
    assert run_hook([sys.executable, "-c", script], {}, folder=tmp_path) is None
    found = json.loads((tmp_path / "out").read_text())
    assert "s3cret" not in str(found)
    assert {name: found.get(name) for name in plain} == plain
    assert {"PATH", "HOME"} <= found.keys()
