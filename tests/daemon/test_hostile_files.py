"""A hostile file saved beside a live daemon.

Its neighbours are published, and the daemon goes on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from tests.daemon.running import Daemon
from tests.end_to_end.hostile import GOOD, NAMED
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG

if TYPE_CHECKING:
    from pathlib import Path

FEW = (
    "deeper.html",
    "brackets.md",
    "nested.md",
    "bomb.md",
    "invalid.md",
    "nul.md",
    "wrong.md",
    "surrogate.md",
)


def _shows(daemon: Daemon, titles: set[str]) -> bool:
    return titles <= set(daemon.titles())


def test_whatever_is_saved_beside_them_neighbours_are_published(tmp_path: Path) -> None:
    """After one hostile file after another, a new post and an edit of an old one are in the feed.

    Hidden under hostile files every neighbour would be an accident, so each is waited for. What the
    daemon thinks of a hostile file may be a post, a problem or nothing; no thread dies of it, and
    it is well at the end.
    """
    hostile = {name: data for name, (data, _) in (GOOD | NAMED).items() if LONG or name in FEW}
    # The newest are in the feed, whatever else is.
    day = datetime.now(UTC).date() - timedelta(days=1)
    with Daemon(tmp_path, delay="1h") as daemon:
        daemon.write("old.md", "Old", date=f"{day}")
        daemon.until(lambda: "Old" in daemon.titles())
        for number, (name, data) in enumerate(hostile.items()):
            (daemon.posts / name).write_bytes(data.replace(b"{canary}", b"http://127.0.0.1:9"))
            daemon.write(f"neighbour-{number}.md", f"Neighbour {number}", date=f"{day}")
            daemon.write("old.md", f"Old, edited {number}", date=f"{day}")
            expected = {f"Neighbour {number}", f"Old, edited {number}"}
            daemon.until(partial(_shows, daemon, expected))
            # The feed has room for twenty.
            (daemon.posts / f"neighbour-{number}.md").unlink()
        assert not [line for line in daemon.said() if str(line["event"]).endswith(" failed")]
        assert "unwell" not in daemon.publisher("status").stdout
    record(
        Trial(
            "daemon: a hostile file beside a new post and an edit",
            len(hostile),
            0,
            f"{2 * len(hostile)} neighbours published",
        )
    )
