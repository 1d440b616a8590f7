"""What the daemon says of itself: lines for people on a terminal, JSON for machines.

Secrets never.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import EventDict, Processor, WrappedLogger


_SECRET = re.compile(r"password|secret|token|authorization|\bkey\b", re.IGNORECASE)
_IN_URL = re.compile(r"((?<!\w)\w+://[^:/@\s]*):[^@/\s]+@")


def configure_logs(form: str, level: str, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process.

    Args:
        form: ``console``, ``json`` or ``auto`` (console on a terminal).
        level: Least level that is written.
        stream: Where to; standard error when absent.
    """
    target = stream or sys.stderr
    people = form == "console" or (form == "auto" and target.isatty())
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if people else "iso", utc=not people),
        # A traceback becomes text before secrets are hidden, and never shows the values of
        # variables.
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    console = structlog.dev.ConsoleRenderer(
        colors=target.isatty(), pad_event_to=24, exception_formatter=structlog.dev.plain_traceback
    )
    last: Processor = console if people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(target),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=target,
        level=logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def hide_secrets(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Replace values of secret keys, and passwords inside addresses."""
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _IN_URL.sub(r"\1:***@", value)
    return event
