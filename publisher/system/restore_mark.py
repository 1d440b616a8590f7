"""The file that tells an older copy of the database: ``newsletters/.mark``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.system.files import OutputFolder


MARK_NAME = ".mark"


def read_mark(newsletters: Path) -> RestoreMark | None:
    """Read ``newsletters/.mark``; None when it is missing or says nothing."""
    try:
        value = json.loads((newsletters / MARK_NAME).read_text("utf-8"))
        return RestoreMark(str(value["instance"]), int(value["counter"]))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError):
        return None
    except OSError as error:
        raise OutputError(
            f"{newsletters / MARK_NAME} cannot be read: {error.strerror}.",
            cure="Mend its permissions.",
        ) from error


def write_mark(newsletters: OutputFolder, mark: RestoreMark) -> None:
    """Write ``newsletters/.mark`` after the database's commit."""
    newsletters.write(
        MARK_NAME, json.dumps({"instance": mark.instance, "counter": mark.counter}).encode() + b"\n"
    )


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """``newsletters/.mark``: which database wrote here last, and how far it was."""

    instance: str
    counter: int
