"""A site with readers whose issues are queued.

Processes of their own send them, this one only looks.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.config import load_config
from publisher.database.site_state import SiteStateStore
from publisher.delivery.audience_store import AudienceStore
from publisher.newsletter.issue import IssueContent, IssueRecord, IssueState
from publisher.newsletter.store import IssueStore
from publisher.publishing.options import Options
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.database.database import Database


CONFIG = """[site]
title = "Torture"
url = "https://example.org"
timezone = "UTC"
[posts]
settle = 0
[newsletter]
from = "Mira <mira@example.org>"
wait_for_page = false
delay = 0
burst = 1000
[web]
url = "https://news.example.org"
port = {web}
[delivery]
transport = "smtp"
{delivery}
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
{smtp}
{more}
"""
_WORDS = "<p>" + "harbour lights and a slow morning letter from the weather station " * 6 + "</p>\n"
_LINKS = (
    '<a href="https://unsubscribe.invalid/">leave</a> <a'
    ' href="https://preferences.invalid/">choose</a>'
)
_HTML = f"<html><body>{_WORDS * 45}{_LINKS}</body></html>"
_TEXT = "Harbour lights.\n\nhttps://unsubscribe.invalid/\n"
_SUBJECT = re.compile(rb"^Subject: (.*?)\r\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Account:
    """What came of issues, as the readers see it.

    Attributes:
        lost: Messages that nobody got although the ledger owes or claims them.
        duplicates: Copies beyond the first.
    """

    lost: int
    duplicates: int


class SubscribedSite:
    """A folder with a configuration and a database.

    Attributes:
        readers: Addresses of everybody.
        subjects: Of the issues that were queued, oldest first.
    """

    def __init__(self, folder: Path, readers: int, **settings: object) -> None:
        self.folder, self.config_file = folder, folder / "config.toml"
        (folder / "posts").mkdir(parents=True, exist_ok=True)
        self.configure(**settings)
        self.readers = [f"reader{n}@example{n % 50}.org" for n in range(readers)]
        self.subjects: list[str] = []
        state = self._open()
        at = now() - timedelta(days=1)
        people = [
            Subscriber(address, address, SubscriberState.ACTIVE, at, activated=at)
            for address in self.readers
        ]
        with state.transaction() as transaction:
            for start in range(0, readers, 5000):
                batch = people[start : start + 5000]
                SubscriberStore(transaction).add_many(
                    [
                        (person, Event(at, "import", SubscriberState.ACTIVE, "torture"))
                        for person in batch
                    ]
                )
            SiteStateStore(transaction).save_site_state(SiteStateStore(transaction).memory())
        state.close()

    def configure(self, **settings: object) -> None:
        """Write the configuration.

        ``port``, ``connections``, ``web`` (a port), and lines of ``delivery``, ``smtp`` and
        ``more``.
        """
        usual: dict[str, object] = {
            "port": 25,
            "connections": 4,
            "web": 0,
            "delivery": "",
            "smtp": "",
            "more": "",
        }
        self.config_file.write_text(CONFIG.format(**{**usual, **settings}), "utf-8")

    def _open(self) -> Database:
        return open_site(load_config(self.config_file, {})).database

    def queue(self) -> str:
        """Queue one more issue of about 20 KB for everybody, and return its subject."""
        subject, at = f"Issue {len(self.subjects) + 1}", now()
        state = self._open()
        with state.transaction() as transaction:
            issue = IssueRecord(
                (), IssueState.QUEUED, subject, at, queued_at=at, audience=len(self.readers)
            )
            AudienceStore(transaction).enqueue_everybody(
                IssueStore(transaction).add_issue(issue, IssueContent(subject, "", _HTML, _TEXT)),
                at,
            )
        state.close()
        self.subjects.append(subject)
        return subject

    def publish(self) -> None:
        """Do one round: what is in the folder by now is baseline, or news."""
        site = open_site(load_config(self.config_file, {}))
        site.publisher().publish_once(now(), Options(one_shot=True))
        site.database.close()

    def write(self, subject: str, *, front: str = "", words: str = "These are the words.") -> Path:
        """Write a post; its issue is this site's next."""
        if subject not in self.subjects:
            self.subjects.append(subject)
        path = self.folder / "posts" / f"{subject.lower().replace(' ', '-')}.md"
        path.write_text(
            f"---\ntitle: {subject}\ndate: {now():%Y-%m-%d}\n{front}---\n{words}\n", "utf-8"
        )
        return path

    def key_of(self, subject: str) -> int:
        """Return the number of an issue."""
        ((key,),) = self.query("SELECT id FROM issues WHERE subject = ?", subject)
        return int(str(key))

    def retries(self, subject: str) -> int:
        """Count how often a message of an issue was tried again."""
        sql = (
            "SELECT sum(d.attempts - 1) FROM deliveries d JOIN issues i ON i.id = d.issue_id WHERE"
            " i.subject = ?"
        )
        ((count,),) = self.query(sql, subject)
        return int(str(count))

    def keep(self) -> None:
        """Keep a copy of everything, for :meth:`bring_back`; nobody may have it open."""
        shutil.copytree(self.folder, self._kept, copy_function=_link)

    def bring_back(self) -> None:
        """Begin anew with what was kept."""
        shutil.rmtree(self.folder)
        shutil.copytree(self._kept, self.folder, copy_function=_link)

    @property
    def _kept(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.kept")

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Ask the database, as it is now."""
        address = f"file:{self.folder / 'state' / 'publisher.db'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()

    def states(self, subject: str = "") -> Counter[str]:
        """Count the messages of an issue, or of all, by state."""
        sql = """SELECT d.state, count(*) FROM deliveries d JOIN issues i ON i.id = d.issue_id
                 WHERE i.subject = ? OR ? = '' GROUP BY d.state"""
        return Counter(
            {str(state): int(str(count)) for state, count in self.query(sql, subject, subject)}
        )

    def issue_states(self, subject: str = "") -> list[str]:
        """Return the state of an issue, or of all, oldest first."""
        return [
            str(state)
            for (state,) in self.query(
                "SELECT state FROM issues WHERE subject = ? OR ? = '' ORDER BY id", subject, subject
            )
        ]

    def is_finished(self, subject: str = "") -> bool:
        """Return whether an issue, or all, are sent and no message is open or in doubt."""
        return set(self.issue_states(subject)) <= {"sent"} and set(self.states(subject)) <= {
            "sent",
            "failed",
            "skipped",
            "cancelled",
        }

    def account(self, taken: Iterable[tuple[str, bytes]], subject: str = "") -> Account:
        """Compare what readers got with what was queued for them.

        Args:
            taken: Recipient and message of everything that a mail server took.
            subject: Only of this issue.
        """
        got = Counter((subject_of(data), recipient) for recipient, data in taken)
        owed = {(issue, reader) for issue in self.subjects for reader in self.readers}
        assert not set(got) - owed, "somebody got what was not for them"
        if subject:
            got = Counter({key: count for key, count in got.items() if key[0] == subject})
            owed = {key for key in owed if key[0] == subject}
        return Account(len(owed - set(got)), got.total() - len(got))


def _link(source: str, target: str) -> None:
    """Keep what is only ever replaced as the very file it is, as a round knows it by its inode.

    The database is written in place.
    """
    if Path(source).parent.name == "state":
        shutil.copy2(source, target)
    else:
        os.link(source, target)


def subject_of(data: bytes) -> str:
    """Return the subject of one of our messages."""
    found = _SUBJECT.search(data)
    assert found is not None
    return found[1].decode()


def instant(micros: object) -> datetime:
    """Return an instant as the database holds it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(str(micros)))
