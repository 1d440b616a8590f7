"""Forks one process for each command it is asked for.

What costs is importing the program, and that is done once.
"""

from __future__ import annotations

import json
import os
import sys
import time

from publisher.cli import main
from tests.preloaded import preload

COMMANDS = (
    "publisher.app", "publisher.cli.once", "publisher.cli.sending", "publisher.cli.subscribers",
    "publisher.cli.working",
)  # fmt: skip


def run(request: dict[str, object]) -> int:
    """Run one command in a process of its own, and return its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        _become(request)
        main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _become(request: dict[str, object]) -> None:
    for name, target, flags in (
        (os.devnull, 0, os.O_RDONLY),
        (request["out"], 1, os.O_WRONLY),
        (request["err"], 2, os.O_WRONLY),
    ):
        descriptor = os.open(str(name), flags | os.O_CREAT, 0o644)
        os.dup2(descriptor, target)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environ"])  # type: ignore[call-overload]
    time.tzset()
    os.chdir(str(request["cwd"]))
    sys.argv = ["publisher", *map(str, request["arguments"])]  # type: ignore[call-overload]


def serve() -> None:
    """Answer requests, one JSON object a line, until the input ends."""
    preload(*COMMANDS)
    for line in sys.stdin:
        status = run(json.loads(line))
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
