"""What somebody sees who looks on: a long reading says how far it is, on a terminal only."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

POST = "---\ntitle: Post {number}\ndate: 2020-01-02\n---\nWords.\n"
MANY = 1600
"""As many as are read by several processes."""


def _watched(*command: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run a command whose standard error is a terminal.

    Give what it came to, and what the terminal showed.
    """
    terminal, end = pty.openpty()
    shown: list[bytes] = []

    def look() -> None:
        while True:
            try:
                shown.append(os.read(terminal, 65536))
            except OSError:  # the other end is closed
                return

    looking = threading.Thread(target=look)
    looking.start()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        check=False,
        env=environ,
        timeout=120,
    )
    os.close(end)
    looking.join()
    os.close(terminal)
    return done, b"".join(shown).decode()


def test_a_long_reading_says_how_far_it_is(tmp_path: Path) -> None:
    """In a bar that goes away again, beside the result.

    A few files are read before anybody could look.

    The defence is ``track_reading`` in ``cli/printing.py``; seen to fail without its bar, and
    without its look at how many there are.
    """
    site = Site(tmp_path)
    for number in range(MANY):
        site.write(f"post-{number}.md", POST.format(number=number))
    build = [sys.executable, "-m", "publisher", "build", "-c", str(site.config_file)]
    done, shown = _watched(*build)
    assert done.returncode == 0
    assert f"({MANY} published)" in done.stdout
    assert "Reading" in shown
    assert "Reading" not in done.stdout
    for number in range(20):
        site.write(f"post-{number}.md", POST.format(number=f"{number}, edited"))
    done, shown = _watched(*build)
    assert (done.returncode, shown) == (0, "")
