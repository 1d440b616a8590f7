"""The file that tells an older copy of the database: ``newsletters/.mark``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.errors import OutputError

if TYPE_CHECKING:
    from publisher.system.files import OutputFolder


MARK_NAME = ".mark"


@dataclass(frozen=True, slots=True)
class RestoreMark:
    """Which database wrote here last, and how far it was."""

    instance: str
    counter: int


class RestoreMarkFile:
    """The mark beside the newsletters, written after each commit that moves an issue."""

    def __init__(self, newsletters: OutputFolder) -> None:
        self._newsletters = newsletters

    def read(self) -> RestoreMark | None:
        """Return the mark; None when it is missing or says nothing.

        Raises:
            OutputError: It cannot be read.
        """
        path = self._newsletters.root / MARK_NAME
        try:
            value = json.loads(path.read_text("utf-8"))
            return RestoreMark(str(value["instance"]), int(value["counter"]))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):
            return None
        except OSError as error:
            raise OutputError(
                f"{path} cannot be read: {error.strerror}.", cure="Mend its permissions."
            ) from error

    def write(self, mark: RestoreMark) -> None:
        """Write the mark.

        Raises:
            OutputError: It cannot be written.
        """
        value = {"instance": mark.instance, "counter": mark.counter}
        self._newsletters.write(MARK_NAME, json.dumps(value).encode() + b"\n")
