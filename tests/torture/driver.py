"""Forks processes that send what is due on a site, or build it, and end.

Everything is imported once, so each lives as soon as it is asked.

One JSON line each way: ``{"config": file, "ahead": seconds, "waits": true, "builds": false}`` gives
``{"pid": ...}``; ``{"reap": pid}`` waits for its end and gives ``{"status": ...}``. A child that
waits begins at SIGUSR1, so that somebody can look over its shoulder first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from datetime import timedelta
from pathlib import Path

from publisher.app import now, open_site
from publisher.config import load_config
from publisher.errors import PublisherError
from tests.preloaded import preload

REFUSED = 3
FAULT = 4


def work(config_file: Path, ahead: float, *, builds: bool) -> int:
    """Send what is due, by a clock that is so many seconds ahead, or do one round.

    Give the exit status.
    """
    try:
        site = open_site(load_config(config_file, {}))
        if builds:
            site.publisher().publish_once(now() + timedelta(seconds=ahead))
            return 0
        services = site.mail_services(lambda: now() + timedelta(seconds=ahead))
        services.sender.run()
        services.sender.close()
    except PublisherError as error:
        sys.stderr.write(f"{error.message} {error.cure}\n")
        return REFUSED
    except BaseException:  # noqa: BLE001 - a child ends here, whatever happened
        traceback.print_exc()
        return FAULT
    return 0


def fork(request: dict[str, object]) -> int:
    """Begin one process, and return its number."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    pid = os.fork()
    if pid:
        return pid
    # The loop's own ends of the pipes: a child that outlives its parent must not keep them open.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)
    if request.get("waits"):
        signal.sigwait({signal.SIGUSR1})
    status = work(
        Path(str(request["config"])),
        float(str(request.get("ahead", 0))),
        builds=bool(request.get("builds")),
    )
    sys.stderr.flush()
    os._exit(status)


def main() -> None:
    """Answer requests until there are no more."""
    preload()
    for line in sys.stdin:
        request = json.loads(line)
        if "reap" in request:
            _, status = os.waitpid(int(request["reap"]), 0)
            answer = {"status": os.waitstatus_to_exitcode(status)}
        else:
            answer = {"pid": fork(request)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
