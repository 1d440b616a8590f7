"""What the daemon says: JSON for machines, lines for people, secrets for nobody."""

from __future__ import annotations

import io
import json

import structlog

from publisher.logs import configure_logs


def test_machines_get_json_and_no_secret() -> None:
    """Keys that name secrets and passwords inside addresses are hidden."""
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    structlog.get_logger().info("opened", url="postgresql://me:hunter2@host/db", password="hunter2", posts=3)
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
