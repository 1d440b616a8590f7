"""A site that is backed up and put back, as an operator does it."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher.app import keyring_of
from publisher.database.database import Database
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.subscribers.models import Event, Subscriber
from publisher.subscribers.models import SubscriberState as MembershipService
from publisher.subscribers.store import SubscriberStore
from tests.commands import publisher
from tests.conftest import ROOT
from tests.end_to_end.site import Site
from tests.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from publisher.app import App as OpenSite
    from publisher.database.database import Database
    from publisher.publishing.report import Report
    from publisher.subscribers.tokens import Keyring
    from tests.end_to_end.site import Site


TODAY = datetime.now(UTC).strftime("%Y-%m-%d")
OLD = "---\ntitle: Old\ndate: 2020-01-01\n---\nOld words.\n"
NEWS = "---\ntitle: {title}\ndate: 2026-03-01\n---\nWords of {title}.\n"
BOTH = ("subscribers", "subscriber_events")
SQLITE = ["state/publisher.db", "state/publisher.db-wal", "state/secret.key", "newsletters/.mark"]
WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from publisher.database.database import Database
from tests.end_to_end.backed_up import join
state, number = Database.open(Path(sys.argv[1])), 0
while True:
    join(state, f"late{number}", datetime.now(UTC))
    number += 1
    print(number, flush=True)
"""


def join(state: Database, name: str, now: datetime) -> None:
    """Let somebody join: a row and its proof, in one transaction."""
    address = f"{name}@example.org"
    with state.transaction() as transaction:
        person = Subscriber(address, address, MembershipService.ACTIVE, now)
        SubscriberStore(transaction).add_subscriber(
            person, Event(now, "add", MembershipService.ACTIVE, "command line")
        )


def run(
    *words: object, cwd: Path = ROOT, path: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command with PostgreSQL's programs on the path."""
    return publisher(*words, cwd=cwd, PATH=path if path is not None else programs())


def back_up(site: Site, *words: object) -> dict[str, object]:
    """Back a site up, and return what the command printed."""
    done = run("backup", *words, "--json", "-c", site.config_file)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def unpack(archive: object, folder: Path) -> None:
    """Put an archive back the way the documentation says."""
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(folder)], check=True)


def publish(site: Site, title: str) -> Report:
    """Write a post an hour later, and do a round."""
    site.later(hours=1)
    site.write(f"{title.lower()}.md", NEWS.format(title=title))
    return site.build()


def issue_states(report: Report) -> list[tuple[str, IssueState, HoldReason | None]]:
    """Return the issues that a round tells of, each with its state and reason."""
    return [(line.issue.subject, line.issue.state, line.issue.reason) for line in report.issues]


@contextmanager
def opened_site(site: Site) -> Iterator[OpenSite]:
    """Yield a site, opened."""
    opened = site.open()
    yield opened
    opened.database.close()


def keyring(site: OpenSite) -> Keyring:
    """Return the keys of a site, made where there are none on SQLite."""
    return keyring_of(site.config)


def settled(site: Site) -> Site:
    """Return a site with keys, one reader, and one issue that is queued and not sent."""
    site.write("old.md", OLD)
    site.build()
    with opened_site(site) as opened:
        if opened.config.state.url:
            opened.config.state_folder.mkdir(parents=True, exist_ok=True)
            (opened.config.state_folder / "secret.key").write_text("a1" * 32 + "\n")
        keyring(opened)
        join(opened.database, "ada", site.now)
    assert issue_states(publish(site, "Before")) == [("Before", IssueState.QUEUED, None)]
    return site
