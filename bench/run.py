"""Figures of this machine, one table each: ``run.py [builds|people|web|sending|freezing|workers] ...``, all of them when none is named."""

from __future__ import annotations

import sys

import builds
import freezing
import people
import sending
import web
import workers


def main(names: list[str]) -> None:
    """Measure what was asked for."""
    chosen = names or ["builds", "people", "web", "sending", "freezing", "workers"]
    if "builds" in chosen:
        builds.main([1000])
    if "people" in chosen:
        people.main(1_000_000)
    if "web" in chosen:
        web.main()
    if "sending" in chosen:
        sending.main()
    if "freezing" in chosen:
        freezing.main(1_000_000)
    if "workers" in chosen:
        workers.main()


if __name__ == "__main__":
    main(sys.argv[1:])
