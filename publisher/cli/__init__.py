"""The ``publisher`` command: one module for each group of commands; heavy imports load when a command runs."""

from publisher.cli import mail, people
from publisher.cli.main import main

__all__ = ["mail", "main", "people"]
