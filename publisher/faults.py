"""Whatever a file raises is a problem of that file.

Told by name, with what to do, and its traceback in the log once.

The guards that call this stand where one file is handled: where it is scanned, read, rendered,
composed and checked. They catch ``Exception`` and nothing else: who is asked to stop
(``KeyboardInterrupt``, ``SystemExit``) stops.
"""

from __future__ import annotations

from publisher.models import Level, Problem

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
