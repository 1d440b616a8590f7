"""Translate what an operator can mend; let bugs through."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
import sys
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import ForeignStateError, PublisherError, StateError

if TYPE_CHECKING:
    from collections.abc import Iterator


_DAMAGE = ("malformed", "could not decode")
_GARBLED = (json.JSONDecodeError, UnicodeDecodeError, zlib.error)
"""What values come to that nobody wrote, in a file whose structure is whole."""
_CURES = (
    ("locked", "Another program holds the database.", "Wait a moment and try again."),
    (
        "deadlock",
        "Two writers waited for each other, and the database let one of them go.",
        "Try again; nothing is lost.",
    ),
    ("disk is full", "The disk is full.", "Make room; nothing is lost."),
    ("disk i/o error", "The disk does not answer.", "Look at the system's log."),
    ("readonly", "The database may not be written.", ""),
    ("unable to open", "The database cannot be opened.", ""),
    ("connection", "The database server does not answer.", "Start it, or correct state.url."),
    ("password", "The database server refuses the password.", "Correct PUBLISHER_STATE__URL."),
)


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what the database says into a :class:`StateError` that says what to do.

    Args:
        where: The file or address, for the message; without a password.
    """
    try:
        yield
    except PublisherError:
        raise
    except Exception as error:
        said = _said_by_database(error)
        if said is not None:
            _explain(error, said, where)
        # A damaged file may also give rows that nobody wrote, without a word.
        if _is_damage(error, where):
            raise _damage(where) from error
        raise


def _explain(error: Exception, said: str, where: str) -> None:
    """Raise what an operator can do about what the database said; return where it is not known."""
    if "not a database" in said:
        raise ForeignStateError(
            f"{where} is no database of ours.", cure="Move it away, or correct state.folder."
        ) from error
    for needle, found, cure in _CURES:
        if needle in said.lower():
            raise StateError(f"{found} ({where})", cure=cure or sudo_line(Path(where))) from error
    if "://" in where and type(error).__name__ == "OperationalError":
        raise StateError(
            f"The database server cannot do it: {said} ({where})", cure="Look at the server's log."
        ) from error


def _said_by_database(error: Exception) -> str | None:
    """Return the driver's own words, or None where it is not the driver that failed.

    SQLAlchemy is asked only where it is loaded.
    """
    if isinstance(error, sqlite3.DatabaseError):
        return str(error)
    engine = sys.modules.get("sqlalchemy.exc")
    if engine is not None and isinstance(error, engine.DatabaseError):
        return str(error.orig if error.orig is not None else error)
    return None


def _damage(where: str) -> StateError:
    return StateError(
        f"The database is damaged. ({where})",
        cure="Bring a backup back; the feeds stay as they are.",
    )


def _is_damage(error: Exception, where: str) -> bool:
    """Check whether an error comes of a damaged file.

    Its kind tells, or SQLite's own check of the file.
    """
    path = Path(where)
    if isinstance(error, _GARBLED) or any(needle in str(error).lower() for needle in _DAMAGE):
        return True
    if not path.is_file():
        return False
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError:
        return True


def sudo_line(path: Path) -> str:
    """Return who may write a path, and how to become that user."""
    target = path if path.exists() else path.parent
    try:
        owner = target.owner()
    except (KeyError, OSError):
        return "Check who owns the state folder."
    if owner == getpass.getuser() or os.geteuid() == 0:
        return "Check its permissions."
    return f"It belongs to {owner}: run 'sudo -u {owner} publisher …'."
