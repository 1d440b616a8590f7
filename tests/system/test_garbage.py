"""A command that ends is not kept waiting by its own garbage."""

from __future__ import annotations

import subprocess
import sys

WATCHED = """
import gc, os, sys

def tell(phase, info):
    if phase == "start":
        os.write(2, f"{len(gc.get_objects())}\\n".encode())

from publisher.cli import main
import publisher.cli.commands

sys.argv = ["publisher", "--version"]
gc.callbacks.append(tell)
main()
"""


def test_a_command_ends_without_looking_through_what_it_holds() -> None:
    """Python looks through everything before it ends, and again while it ends.

    A tenth of a short command.

    The defence is ``collect_no_more`` in ``cli/__init__.py`` (seen to fail without: tens of
    thousands of objects).
    """
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("publisher ")
    assert all(int(count) < 1000 for count in done.stderr.split())
