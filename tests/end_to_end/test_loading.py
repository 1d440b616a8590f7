"""What a command loads: little for an instant answer, and for a round that finds nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

RUN = """
import json, sys
from publisher.cli.commands import run
sys.argv = ["publisher", *sys.argv[1:]]
try:
    run()
finally:
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""
HEAVY = ("sqlalchemy", "lxml", "jinja2", "premailer", "feedgen", "fastapi", "psycopg", "pygments")
POST = "---\ntitle: One\ndate: 2020-01-01\n---\nWords of one.\n"


def loaded(*arguments: str) -> set[str]:
    """Return the top-level modules that a command loads."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stderr.rpartition("\n")[2])}


@pytest.mark.parametrize("command", [["--help"], ["issues", "--help"]], ids=" ".join)
def test_help_loads_nothing_that_takes_time(command: list[str]) -> None:
    """It is printed before anything of a site is known."""
    assert loaded(*command).isdisjoint({*HEAVY, "yaml"})


def test_an_unchanged_round_loads_nothing_that_writes_feeds_or_mail(tmp_path: Path) -> None:
    """Most rounds of cron find nothing: what composes, renders and sends stays on the disk."""
    site = Site(tmp_path)
    site.write("one.md", POST)
    first = loaded("build", "-c", str(site.config_file))
    assert {"lxml", "jinja2"} <= first, "it wrote feeds and composed a newsletter"
    assert "sqlalchemy" not in first, "plain SQL is enough while nothing is sent"
    assert loaded("build", "-c", str(site.config_file)).isdisjoint(HEAVY)
