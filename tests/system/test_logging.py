"""What the daemon says: JSON for machines, lines for people, secrets for nobody."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

from publisher.system.logging import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging is set up for the whole process; the next test finds it as this one did."""
    root, ours = logging.getLogger(), logging.getLogger("apscheduler")
    before = (root.level, ours.level, list(root.handlers))
    yield
    structlog.reset_defaults()
    root.handlers[:] = before[2]
    root.setLevel(before[0])
    ours.setLevel(before[1])


def test_machines_get_json_and_no_secret() -> None:
    """Keys that name secrets and passwords inside addresses are hidden."""
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    structlog.get_logger().info(
        "opened", url="postgresql://me:hunter2@host/db", password="hunter2", posts=3
    )
    line = json.loads(stream.getvalue())
    assert (line["event"], line["posts"], line["level"]) == ("opened", 3, "info")
    assert "hunter2" not in stream.getvalue()
    assert line["timestamp"].endswith("Z")


def test_people_get_a_line() -> None:
    """The event first, then what belongs to it."""
    stream = io.StringIO()
    configure_logs("console", "info", stream)
    structlog.get_logger().warning("held", reason="bulk")
    assert "held" in stream.getvalue()
    assert "reason=bulk" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_least_level_is_kept() -> None:
    """``log.level = "warning"``."""
    stream = io.StringIO()
    configure_logs("json", "warning", stream)
    structlog.get_logger().info("quiet")
    assert stream.getvalue() == ""
