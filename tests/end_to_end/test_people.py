"""``publisher subscribers`` and ``publisher serve`` as people type them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.commands import publisher
from tests.conftest import ROOT
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

WEB = (
    '[newsletter]\nfrom = "Mira <mira@example.org>"\n[web]\nurl = "http://127.0.0.1:{port}"\nport ='
    " {port}\n"
)


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A site with a web address."""
    made = Site(tmp_path, more=WEB.format(port=_port()))
    made.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nA.\n")
    return made


def _people(site: Site, *words: object) -> subprocess.CompletedProcess[str]:
    return publisher("subscribers", *words, "-c", site.config_file)


def test_the_operator_adds_shows_and_lists_people(site: Site) -> None:
    """With consent at once, without it by a confirm mail; ``show`` prints everything known."""
    done = _people(
        site,
        "add",
        "ada@example.org",
        "--name",
        "Ada",
        "--cadence",
        "weekly",
        "--tags",
        "tea, ships",
        "--consent",
        "paper list, May",
    )
    assert "ada@example.org: active" in done.stdout
    done = _people(site, "add", "bob@example.org")
    assert "pending" in done.stdout
    assert "Next" in done.stdout
    written = [path.read_text() for path in (site.folder / "maildir" / "new").iterdir()]
    assert sorted(re.search(r"^Subject: (.*)$", mail, re.MULTILINE)[1] for mail in written) == [  # type: ignore[index]
        "Please confirm: A site",
        "Welcome to A site",
    ]
    listed = json.loads(_people(site, "list", "--json").stdout)
    assert (listed["counts"]["active"], listed["counts"]["pending"]) == (1, 1)
    assert "1 active, 1 pending" in re.sub(
        r"(\d) pending, (\d) active", r"\2 active, \1 pending", _people(site, "list").stdout
    )
    shown = json.loads(_people(site, "show", "ada@EXAMPLE.org", "--json").stdout)
    assert (shown["cadence"], shown["wanted"], shown["name"]) == ("weekly", ["tea", "ships"], "Ada")
    assert [(event["what"], event["wording"]) for event in shown["history"]] == [
        ("subscribe", "paper list, May"),
        ("add", "paper list, May"),
    ]
    assert "paper list, May" in _people(site, "show", "ada@example.org").stdout


def test_wrong_use_is_told_with_its_cure(site: Site) -> None:
    """No address, nobody, no cadence, no state, no file."""
    for words in (
        ("add", "nobody"),
        ("show", "nobody@example.org"),
        ("add", "a@example.org", "--cadence", "hourly"),
        ("list", "--state", "happy"),
        ("import", site.folder / "none.csv"),
        ("import", site.config_file),
    ):
        done = _people(site, *words)
        assert done.returncode == 2, words
        assert done.stderr.startswith("publisher: "), words
        assert "Traceback" not in done.stderr


def test_forget_erases_and_no_import_brings_back(site: Site) -> None:
    """What is left is a keyed hash: the address is in no file of the state."""
    _people(site, "add", "ada.lovelace@example.org", "--consent", "yes", "--name", "Ada")
    done = _people(site, "forget", "ada.lovelace@example.org")
    assert done.stdout.startswith("Erased.")
    assert _people(site, "show", "ada.lovelace@example.org").returncode == 2
    (site.folder / "list.csv").write_text("email\nada.lovelace@example.org\nbob@example.org\n")
    done = _people(site, "import", site.folder / "list.csv", "--consent", "yes")
    assert done.returncode == 1
    report = list(csv.DictReader(io.StringIO((site.folder / "list-refused.csv").read_text())))
    assert [(row["line"], row["reason"]) for row in report] == [
        ("2", "this person asked to be forgotten")
    ]
    listed = json.loads(_people(site, "list", "--json").stdout)
    assert [person["address"] for person in listed["subscribers"]] == ["bob@example.org"]


def test_suppress_and_remove(site: Site) -> None:
    """Suppressed stays away from imports; removed may come back."""
    for name in ("ada", "bob"):
        _people(site, "add", f"{name}@example.org", "--consent", "yes")
    assert "suppressed" in _people(site, "suppress", "ada@example.org").stdout
    assert _people(site, "remove", "bob@example.org").returncode == 0
    (site.folder / "list.csv").write_text("email\nada@example.org\nbob@example.org\n")
    _people(site, "import", site.folder / "list.csv", "--consent", "yes")
    listed = json.loads(_people(site, "list", "--json").stdout)
    assert {person["address"]: person["state"] for person in listed["subscribers"]} == {
        "ada@example.org": "unsubscribed",
        "bob@example.org": "active",
    }


def test_whom_only_a_file_put_away_is_added_by_hand_and_nobody_else(site: Site) -> None:
    """The operator has their consent.

    Their own click, a complaint and a suppression stand against it.
    """
    for name in ("clicked", "suppressed"):
        _people(site, "add", f"{name}@example.org", "--consent", "yes")
    with sqlite3.connect(site.folder / "state" / "publisher.db") as state:
        state.execute(
            "UPDATE subscribers SET state = 'unsubscribed' WHERE folded = 'clicked@example.org'"
        )
        state.execute(
            "INSERT INTO subscriber_events (subscriber_id, at, what, state, source, network,"
            " wording) SELECT id, 0, 'unsubscribe', 'unsubscribed', 'web form', '', '' FROM"
            " subscribers WHERE folded = 'clicked@example.org'"
        )
    _people(site, "suppress", "suppressed@example.org")
    rows = (
        "listed@example.org,unsubscribed\nspam@example.org,complained\nhard@example.org,bounced\n"
    )
    (site.folder / "list.csv").write_text(f"email,Zustand,status\n{rows.replace(',', ',,')}")
    _people(site, "import", site.folder / "list.csv")
    shown = json.loads(_people(site, "show", "listed@example.org", "--json").stdout)
    assert (shown["state"], shown["history"][-1]["wording"]) == (
        "unsubscribed",
        "unsubscribed there (status: unsubscribed)",
    )
    names = ("listed", "clicked", "suppressed", "spam", "hard")
    after = {
        name: json.loads(
            _people(site, "add", f"{name}@example.org", "--consent", "wrote to us", "--json").stdout
        )
        for name in names
    }
    assert {name: person["state"] for name, person in after.items()} == {
        "listed": "active",
        "clicked": "unsubscribed",
        "suppressed": "unsubscribed",
        "spam": "complained",
        "hard": "bounced",
    }


def test_a_dry_run_shows_the_mapping_and_what_would_happen(site: Site) -> None:
    """Nothing is written; without consent the cure is named."""
    (site.folder / "list.csv").write_text("E-Mail;Vorname;First Name\nada@example.org;x;Ada\n")
    done = _people(site, "import", site.folder / "list.csv", "--dry-run")
    assert "E-Mail" in done.stdout
    assert "Not used Vorname" in done.stdout
    assert '--consent "how and when' in done.stdout
    assert not (site.folder / "list-refused.csv").exists()
    assert json.loads(_people(site, "list", "--json").stdout)["subscribers"] == []


def test_what_is_exported_can_be_imported_again(site: Site, tmp_path: Path) -> None:
    """Names, topics, zones, states and consent come back; no cell is a formula."""
    _people(
        site,
        "add",
        "ada@example.org",
        "--consent",
        "=SUM(1)",
        "--name",
        "=cmd()",
        "--tags",
        "a b, ü",
        "--cadence",
        "monthly",
    )
    _people(site, "suppress", "bob@example.org")
    text = _people(site, "export").stdout
    assert not any(
        cell.startswith(("=", "+", "@")) for row in csv.reader(io.StringIO(text)) for cell in row
    )
    other = Site(tmp_path / "other", more=WEB.format(port=_port()))
    (other.folder / "list.csv").write_text(text)
    assert _people(other, "import", other.folder / "list.csv").returncode == 0
    listed = json.loads(_people(other, "list", "--json").stdout)["subscribers"]
    assert [(p["address"], p["state"], p["cadence"], p["wanted"], p["name"]) for p in listed] == [
        ("ada@example.org", "active", "monthly", ["a b", "ü"], "=cmd()"),
        ("bob@example.org", "unsubscribed", "every post", [], ""),
    ]


def test_files_in_any_encoding_come_in(site: Site) -> None:
    """UTF-8 with its mark, UTF-16, Windows-1252."""
    for number, data in enumerate(
        (
            "\ufeffemail,name\na@example.org,Zoë\n".encode(),
            "email,name\nb@example.org,Zoë\n".encode("utf-16"),
            b"email,name\nc@example.org,Zo\xeb\n",
        )
    ):
        (site.folder / f"{number}.csv").write_bytes(data)
        _people(site, "import", site.folder / f"{number}.csv", "--consent", "yes")
    listed = json.loads(_people(site, "list", "--json").stdout)["subscribers"]
    assert [(person["address"], person["name"]) for person in listed] == [
        (f"{name}@example.org", "Zoë") for name in "abc"
    ]


@pytest.mark.parametrize("command", ["serve", "run"])
def test_the_web_side_runs_alone_and_inside_the_daemon(site: Site, command: str) -> None:
    """Subscribe over HTTP: the confirm mail is written within a moment; SIGTERM ends it cleanly."""
    base = re.search(r'url = "(http://127[^"]+)"', site.config_file.read_text())
    assert base is not None
    site.build()
    log = (site.folder / "log").open("w")
    environ = {**os.environ, "PUBLISHER_LOG__FORMAT": "json"}
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", command, "-c", site.config_file],
        cwd=ROOT,
        env=environ,
        stderr=log,
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                assert httpx.get(f"{base[1]}/readyz").status_code == 200
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, (site.folder / "log").read_text()
                time.sleep(0.05)
        assert (
            httpx.get(f"{base[1]}/feed.xml")
            .headers["content-type"]
            .startswith("application/rss+xml")
        )
        assert (
            httpx.post(f"{base[1]}/subscribe", data={"email": "ada@example.org"}).status_code == 303
        )
        folder = site.folder / "maildir" / "new"
        while not (folder.exists() and list(folder.iterdir())):
            assert time.monotonic() < deadline, (site.folder / "log").read_text()
            time.sleep(0.05)
        assert "Please confirm" in next(folder.iterdir()).read_text()
        assert json.loads(_people(site, "list", "--json").stdout)["counts"]["pending"] == 1, (
            "commands work beside it"
        )
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, (site.folder / "log").read_text()
        log.close()
    assert "Traceback" not in (site.folder / "log").read_text()


def test_a_port_that_is_taken_is_told(site: Site) -> None:
    """Which, and what to do."""
    port = int(re.search(r"port = (\d+)", site.config_file.read_text())[1])  # type: ignore[index]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        done = publisher("serve", "-c", site.config_file)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Set web.host and web.port" in done.stderr
