"""Sending end to end, beside Postfix's own load generator against the same sink in the same run.

The ledger is SQLite with synchronous=FULL; every message is personal, about 40 KB, and handed over
on 16 connections. ``smtp-source -d`` sends one canned message of 40 KB on 16 sessions and keeps no
ledger: it is the limit of this machine's loopback.
"""

from __future__ import annotations

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from publisher.database.site_state import SiteStateStore
from publisher.delivery.audience_store import AudienceStore
from publisher.newsletter.store import IssueStore
from publisher.subscribers.store import SubscriberStore

RUNS = 3
MESSAGES = 20_000
SESSIONS = 16
SIZE = 40_960
CONFIG = """[site]
title = "Bench"
url = "https://example.org"
[newsletter]
from = "Bench <bench@example.org>"
[web]
url = "https://news.example.org"
[delivery]
transport = "smtp"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {sessions}
"""


def prepare(site: Path, readers: int, port: int, sessions: int = SESSIONS) -> None:
    """Make a site whose one issue of about 40 KB is queued for so many readers."""
    from publisher.app import now, open_site
    from publisher.config import load_config
    from publisher.newsletter.issue import IssueContent, IssueRecord, IssueState
    from publisher.subscribers.models import Event, Subscriber, SubscriberState

    site.mkdir()
    (site / "posts").mkdir()
    (site / "config.toml").write_text(CONFIG.format(port=port, sessions=sessions), "utf-8")
    opened = open_site(load_config(site / "config.toml", {}))
    state, at = opened.database, datetime(2026, 3, 2, tzinfo=UTC)
    people = [
        Subscriber(
            f"reader.{n}@example{n % 500}.org",
            f"reader.{n}@example{n % 500}.org",
            SubscriberState.ACTIVE,
            at,
        )
        for n in range(readers)
    ]
    words = (
        "<p>" + "harbour lights and a slow morning letter from the weather station " * 6 + "</p>\n"
    )
    own = (
        '<a href="https://unsubscribe.invalid/">leave</a> <a'
        ' href="https://preferences.invalid/">choose</a>'
    )
    html = f"<html><body>{words * (SIZE // (len(words) + 24))}{own}</body></html>"
    text = "Harbour lights.\n\nhttps://unsubscribe.invalid/\n"
    with state.transaction() as transaction:
        for start in range(0, readers, 10_000):
            SubscriberStore(transaction).add_many(
                [
                    (person, Event(at, "import", SubscriberState.ACTIVE, "bench"))
                    for person in people[start : start + 10_000]
                ]
            )
        SiteStateStore(transaction).save_site_state(SiteStateStore(transaction).memory())
        issue = IssueRecord((), IssueState.QUEUED, "Bench", at, queued_at=now(), audience=readers)
        key = IssueStore(transaction).add_issue(issue, IssueContent("Bench", "", html, text))
        AudienceStore(transaction).enqueue_everybody(key, now())
    state.close()


class Sink:
    """``smtp-sink`` on a free port."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._process = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "1000"],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise SystemExit("smtp-sink does not listen")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()


def send(site: Path) -> tuple[int, float, float]:
    """Send the queued issue in a process of its own.

    Give messages, seconds of sending and peak memory in MB.
    """
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--send", str(site)], stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise SystemExit(
            f"sending ended with {done.returncode} after {time.perf_counter() - started:.1f} s"
        )
    said = json.loads(done.stdout)
    return said["handed"], said["seconds"], said["peak"] / 1024


def send_here(site: Path) -> None:
    """Send, and say how many and how long it took from the first claim to the last mark."""
    from publisher.app import open_site
    from publisher.config import load_config

    room = open_site(load_config(site / "config.toml", {})).mail_services()
    started = time.perf_counter()
    stats = room.sender.run()
    seconds = time.perf_counter() - started
    room.sender.close()
    print(json.dumps({"handed": stats.handed, "seconds": seconds, "peak": peak_kilobytes()}))


def peak_kilobytes() -> int:
    """Give the most memory this process ever had in use.

    What wait4 tells of a child counts what its parent had when it began.
    """
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


def source(port: int, messages: int) -> float:
    """Send so many messages with smtp-source; give the seconds it took."""
    command = [
        "smtp-source",
        "-d",
        "-s",
        str(SESSIONS),
        "-l",
        str(SIZE),
        "-m",
        str(messages),
        f"127.0.0.1:{port}",
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the tables, or say why not."""
    if shutil.which("smtp-sink") is None:
        print("\nsending: not measured, smtp-sink is not installed (Debian: apt install postfix)")
        return
    sink, ratios, rates, limits = Sink(), [], [], []
    try:
        for run in range(RUNS):
            with tempfile.TemporaryDirectory() as name:
                site = Path(name) / "site"
                prepare(site, MESSAGES, sink.port)
                limit = MESSAGES / source(sink.port, MESSAGES)
                handed, seconds, _ = send(site)
            if handed != MESSAGES:
                raise SystemExit(f"{handed} of {MESSAGES} messages were handed over in run {run}")
            limits.append(limit)
            rates.append(handed / seconds)
            ratios.append(handed / seconds / limit)
        print(
            "\n| messages of 40 KB, 16 connections | a second (median) | beside smtp-source"
            " |\n|---|---|---|"
        )
        print(f"| smtp-source -d -s {SESSIONS} -l {SIZE} | {statistics.median(limits):,.0f} | 1 |")
        print(
            f"| Publisher, ledger on SQLite synchronous=FULL | {statistics.median(rates):,.0f} |"
            f" {statistics.median(ratios):.2f} |"
        )
        with tempfile.TemporaryDirectory() as name:
            site = Path(name) / "site"
            prepare(site, 100_000, sink.port)
            handed, seconds, megabytes = send(site)
        print("\n| recipients | sent | seconds | peak MB |\n|---|---|---|---|")
        print(f"| 100,000 | {handed:,} | {seconds:.1f} | {megabytes:.0f} |", flush=True)
    finally:
        sink.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send_here(Path(sys.argv[2]))
    else:
        main()
