"""Figures of this machine, one table each: ``run.py [builds|people|web] ...``, all of them when none is named."""

from __future__ import annotations

import sys

import builds
import people
import web


def main(names: list[str]) -> None:
    """Measure what was asked for."""
    chosen = names or ["builds", "people", "web"]
    if "builds" in chosen:
        builds.main([1000])
    if "people" in chosen:
        people.main(1_000_000)
    if "web" in chosen:
        web.main()


if __name__ == "__main__":
    main(sys.argv[1:])
