"""Everything Publisher raises on purpose, as one tree.

::

    PublisherError
    ├── ConfigError (ValueError)     the configuration: wrong key or value, missing file
    ├── StateError                   the database or its keys cannot be used
    │   ├── NewerStateError          written by a newer version of this program
    │   ├── ForeignStateError        belongs to another configuration, or is not ours at all
    │   └── StateBusyError           another ``run`` holds the state
    ├── OutputError (OSError)        a file or folder of ours cannot be written
    ├── NotFoundError (LookupError)  a post or an issue that was named does not exist
    ├── UncomposedError              an issue cannot be composed: a template or its post is at fault
    └── UsageError (ValueError)      what was asked for cannot be done as things stand

What is wrong with a *post* is never an exception that ends a round: it is a
:class:`publisher.errors.Problem`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self


class PublisherError(Exception):
    """Return what an operator can mend.

    Attributes:
        message: One sentence: what was found.
        cure: One sentence: what to do about it; may be empty.
        exit_status: What a command ends with: 2 usage or configuration, 3 the state is held by
            another run.
    """

    exit_status = 2

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class ConfigError(PublisherError, ValueError):
    """The configuration is wrong: the message names the key, what was found and what is allowed."""


class StateError(PublisherError):
    """The state (database, keys, mark) cannot be used."""


class NewerStateError(StateError):
    """The database was written by a newer version of this program."""


class ForeignStateError(StateError):
    """The database belongs to another configuration, or was not made by this program."""


class StateBusyError(StateError):
    """Another ``run`` holds the state.

    Attributes:
        holder: The process id of the holder, or None where it cannot be known.
    """

    exit_status = 3

    def __init__(self, message: str, *, holder: int | None = None, cure: str = "") -> None:
        super().__init__(message, cure=cure)
        self.holder = holder

    @classmethod
    def held_by(cls, holder: int | None, who: str = "") -> Self:
        """Return who holds the state: a process of this machine by number, or somebody by name."""
        who = f"process {holder}" if holder else who or "another process"
        cure = (
            f"Stop it first (kill {holder}), or use the other commands beside it."
            if holder
            else "Stop it first."
        )
        return cls(f"Another 'publisher run' holds this state: {who}.", holder=holder, cure=cure)


class OutputError(PublisherError, OSError):
    """A file or folder of ours cannot be written."""

    exit_status = 1


class NotFoundError(PublisherError, LookupError):
    """A post or an issue that was named does not exist."""


class UncomposedError(PublisherError):
    """An issue cannot be composed; the message names the template and its line, or the post."""

    exit_status = 1


class UsageError(PublisherError, ValueError):
    """What was asked for cannot be done as things stand."""


FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
"""Those XML 1.0 forbids, and control characters it discourages (2.2)."""


class Level(StrEnum):
    """How bad a problem is: an error refuses something, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong with one file, and what to do about it.

    Attributes:
        path: The file, relative to the posts folder (or as the user would write it for other
            files).
        line: 1-based line in the file, or None where it is not known.
        level: Error or warning.
        found: One sentence: what was found.
        cure: One sentence: what to do.
        column: 1-based column, or None.
    """

    path: str
    line: int | None
    level: Level
    found: str
    cure: str
    column: int | None = None

    @property
    def message(self) -> str:
        """Return what was found and what to do, as one line."""
        return f"{self.found} {self.cure}".strip()


_LONGEST = 200
CURE = "This is a fault of the program: please report it with the file."


def fault_of(path: str, doing: str, error: Exception) -> Problem:
    """Return the problem of a file that something unforeseen was raised for, and log the traceback.

    Args:
        path: Of the file, relative to the posts folder.
        doing: What was being done with it, such as ``read``.
        error: What was raised.
    """
    import logging  # noqa: PLC0415 - only where something went wrong

    logging.getLogger("publisher").error("%s could not be %s", path, doing, exc_info=error)
    said = " ".join(str(error).split())[:_LONGEST]
    what = f"{type(error).__name__}{f': {said}' if said else ''}"
    return Problem(path, None, Level.ERROR, f"It could not be {doing} ({what}).", CURE)


class HeaderError(ValueError):
    """A header value would break the message.

    It holds control characters, or is too long to stay on one line.
    """
