"""All commands, and what becomes of an error in one of them."""

from __future__ import annotations

import sys

from publisher.cli import issues, mail, people
from publisher.cli.main import app
from publisher.errors import PublisherError

__all__ = ["app", "issues", "mail", "people", "run"]


def run() -> None:
    """Run the command line and turn our own errors into a sentence and an exit status."""
    try:
        app()
    except PublisherError as error:
        sys.stderr.write(f"publisher: {error.message}\n")
        if error.cure:
            sys.stderr.write(f"{error.cure}\n")
        sys.exit(error.exit_status)
    except BrokenPipeError:
        sys.exit(0)
