"""Freezing an audience of a million and the digests of a tenth of it.

Wall time and peak memory of whole processes.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from measuring import measure

from publisher.app import open_site
from publisher.config import load_config
from publisher.subscribers.models import Cadence, Event, Preferences, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
CONFIG = '[site]\ntitle = "Bench"\nurl = "https://example.org"\n[posts]\nsettle = 0\n'
POST = "---\ntitle: News\ndate: 2026-03-01\ntags: [tea, ships]\n---\nThe news.\n"
ZONES = ("", "", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
DIGESTS = """
import sys
from datetime import datetime, timedelta
from pathlib import Path

from publisher.app import open_site
from publisher.config import load_config
from publisher.digests.composer import DigestComposer
site = open_site(load_config(Path("config.toml"), {}))
DigestComposer(site, datetime.fromisoformat(sys.argv[1]) + timedelta(days=8)).run()
"""
BATCH = 10_000


def fill(folder: Path, count: int) -> None:
    """Make a site whose first issue is held, and a list.

    A tenth reads weekly, a tenth chose topics.
    """
    (folder / "posts").mkdir()
    (folder / "posts" / "news.md").write_text(POST)
    (folder / "config.toml").write_text(CONFIG)
    site = open_site(load_config(folder / "config.toml", {}))
    site.publisher().publish_once(NOW)
    event = Event(NOW, "import", SubscriberState.ACTIVE, "bench")
    for start in range(0, count, BATCH):
        with site.database.transaction() as transaction:
            SubscriberStore(transaction).add_many(
                [(person(number), event) for number in range(start, min(start + BATCH, count))]
            )
    site.database.close()


def person(number: int) -> Subscriber:
    """Give somebody at one of 500 domains."""
    address = f"person.{number}@example{number % 500}.org"
    chosen = Preferences()
    if number % 10 == 1:
        chosen = Preferences(Cadence.WEEKLY, zone=ZONES[number // 10 % len(ZONES)])
    elif number % 10 == 2:
        chosen = Preferences(wanted=("tea",) if number % 20 == 2 else ("maps", "letters"))
    return Subscriber(address, address, SubscriberState.ACTIVE, NOW, chosen, activated=NOW)


def main(count: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, count)
        print("\n| subscribers | what | wall s | peak MB |\n|---|---|---|---|")
        released = datetime.now(UTC).isoformat()
        for what, command in (
            (
                "an issue is queued, its audience frozen",
                ["-m", "publisher", "issues", "release", "1"],
            ),
            ("digests of a tenth of them are queued", ["-c", DIGESTS, released]),
            ("no digest is due", ["-c", DIGESTS, released]),
        ):
            seconds, megabytes, _ = measure([sys.executable, *command], folder)
            print(f"| {count:,} | {what} | {seconds:.1f} | {megabytes:.0f} |", flush=True)
