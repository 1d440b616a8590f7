"""``publisher backup`` of a site on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from publisher.newsletter.issue import HoldReason, IssueState
from tests.end_to_end.backed_up import (
    BOTH,
    back_up,
    issue_states,
    join,
    opened_site,
    publish,
    run,
    settled,
    unpack,
)
from tests.end_to_end.site import Site
from tests.postgres import programs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path, postgres_url: str) -> Site:
    """A site on PostgreSQL, whose address holds a password."""
    url = postgres_url.replace("postgres:@", "postgres:hush@", 1)
    return settled(Site(tmp_path / "site", more=f'[state]\nurl = "{url}"\n'))


def _psql(url: str, *words: object) -> None:
    done = subprocess.run(
        ["psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", *map(str, words), url],
        env={**os.environ, "PATH": programs()}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_restored_backup_of_postgresql_is_noticed(
    served: Site, tmp_path: Path, postgres_url: str
) -> None:
    """Put back into the very same database, which its server still calls by the same name.

    The copy says that it is one.
    """
    done = run("backup", tmp_path / "b.tar.gz", "-c", served.config_file)
    assert done.returncode == 0, done.stderr
    assert "psql" in done.stdout
    assert "hush" not in done.stdout
    publish(served, "After")
    unpack(tmp_path / "b.tar.gz", served.folder)
    _psql(postgres_url, "-f", served.folder / "state" / "publisher.sql")
    served.later(hours=1)
    report = served.build()
    assert sorted(issue_states(report)) == [
        ("After", IssueState.HELD, HoldReason.RESTORED),
        ("Before", IssueState.HELD, HoldReason.RESTORED),
    ]
    assert "older copy" in report.problems[0].found
    assert issue_states(publish(served, "Next")) == [("Next", IssueState.QUEUED, None)]


def test_a_backup_of_postgresql_is_one_instant_while_others_write(
    served: Site, tmp_path: Path, postgres_url: str
) -> None:
    """Rows and their proofs are as many, whenever the dump was made."""
    opened, ending, number = served.open().database, threading.Event(), 0

    def write() -> None:
        nonlocal number
        while not ending.is_set():
            join(opened, f"late{number}", served.now)
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        back_up(served, tmp_path / "b.tar.gz")
    finally:
        ending.set()
        thread.join()
        opened.close()
    unpack(tmp_path / "b.tar.gz", served.folder)
    _psql(postgres_url, "-f", served.folder / "state" / "publisher.sql")
    with opened_site(served) as restored, restored.database.reading() as transaction:
        counts = [
            transaction.connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in BOTH
        ]
    assert counts[0] == counts[1]
    assert 1 <= counts[0] <= number + 1


def test_without_pg_dump_the_line_to_run_is_said(served: Site, tmp_path: Path) -> None:
    """And no password with it."""
    done = run("backup", tmp_path / "b.tar.gz", "-c", served.config_file, path="/nowhere")
    assert done.returncode == 2
    assert "pg_dump --clean --if-exists" in done.stderr
    assert "secret.key" in done.stderr
    assert "hush" not in done.stderr
    assert not (tmp_path / "b.tar.gz").exists()


def test_a_pg_dump_that_fails_is_reported(served: Site, tmp_path: Path) -> None:
    """In its own words, with no archive and no password."""
    fake = tmp_path / "bin" / "pg_dump"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'aborting because of server version mismatch' >&2\nexit 1\n")
    fake.chmod(0o755)
    done = run(
        "backup",
        tmp_path / "b.tar.gz",
        "-c",
        served.config_file,
        path=f"{fake.parent}:{os.environ['PATH']}",
    )
    assert (done.returncode, "version mismatch" in done.stderr, "hush" in done.stderr) == (
        2,
        True,
        False,
    )
    assert not (tmp_path / "b.tar.gz").exists()
    assert not list((served.folder / "state").glob(".copy-*"))
