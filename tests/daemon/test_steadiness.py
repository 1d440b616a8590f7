"""The daemon in the long run.

It keeps no memory of what is over, and rests when nothing happens.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from publisher.daemon.control_client import ask_daemon
from tests.daemon.running import POST, Daemon
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG, scaled

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_worked(daemon: Daemon) -> float:
    """Return the processor time of a daemon so far: user and system, ``proc(5)``."""
    fields = Path(f"/proc/{daemon.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cycle(daemon: Daemon, number: int) -> None:
    """Edit a post, let another come and one go, and have a round done."""
    daemon.write("edited.md", f"Edited {number}", date="2020-06-01")
    daemon.write(f"guest-{number % 20}.md", f"Guest {number}", draft=number % 3 == 0)
    (daemon.posts / f"guest-{(number + 7) % 20}.md").unlink(missing_ok=True)
    assert "error" not in ask_daemon(daemon.folder / "state", {})


def test_memory_is_flat_over_a_thousand_rounds(tmp_path: Path) -> None:
    """Each round edits a post, brings one and takes one.

    What is in memory afterwards is what was there after the first rounds.

    The defence is that ``publish_once`` keeps what the last round left and nothing of those before
    (seen to fail, within 180 edits already, where it keeps 25 KB of each round).
    """
    # What is loaded late is loaded in the first rounds, by the first news among them.
    first, last, bound = scaled(200, 15), scaled(1000, 25), 8
    with Daemon(tmp_path) as daemon:
        for number in range(30):
            daemon.write(f"old-{number}.md", f"Old {number}")
        for number in range(first):
            cycle(daemon, number)
        before = daemon.memory("VmRSS")
        for number in range(first, last):
            cycle(daemon, number)
        grown = daemon.memory("VmRSS") - before
        assert f"Edited {last - 1}" in daemon.titles()
    record(
        Trial(
            "daemon: memory over rounds that each change something",
            last,
            0,
            f"{grown:.1f} MB grown after the first {first}",
        )
    )
    assert grown < bound


def test_it_rests_when_nothing_happens(tmp_path: Path) -> None:
    """A thousand posts and nothing to do.

    It looks once a minute, and at its queues now and then, which costs less than 1 % of a
    processor.

    The defence is ``STEP_MS`` of the watcher (seen to fail with 8 milliseconds, and in a share with
    one) and ``_ANYWAY`` of the mail thread (seen to fail where it looks twenty times a second).
    """
    watched, posts = scaled(70, 3), scaled(1000, 200)
    (tmp_path / "posts").mkdir()
    for number in range(posts):
        (tmp_path / "posts" / f"{number}.md").write_text(
            POST.format(title=f"Post {number}", date="2020-01-01", draft="false")
        )
    with Daemon(tmp_path) as daemon:
        daemon.until(lambda: len(daemon.titles()) == 20)
        time.sleep(1.5)
        began, worked = time.monotonic(), seconds_worked(daemon)
        time.sleep(watched)
        share = 100 * (seconds_worked(daemon) - worked) / (time.monotonic() - began)
    record(
        Trial(
            f"daemon: processor time with nothing to do, {posts:,} posts",
            1,
            0,
            f"{share:.2f} % of a processor over {watched} s",
        )
    )
    assert share < (1 if LONG else 3)
