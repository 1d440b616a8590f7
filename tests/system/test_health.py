"""What works and what does not: by hand, without a daemon around."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
import structlog

from publisher.errors import StateError
from publisher.system.health import Health, Supervised
from publisher.system.logging import configure_logs

if TYPE_CHECKING:
    from collections.abc import Iterator


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Clock:
    """A clock that goes when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


@pytest.fixture
def said() -> Iterator[StringIO]:
    """What is logged, as JSON lines."""
    stream = StringIO()
    configure_logs("json", "info", stream)
    yield stream
    structlog.reset_defaults()


def events(said: StringIO) -> list[str]:
    """Return what was told, in order."""
    return [json.loads(line)["event"] for line in said.getvalue().splitlines()]


def fail(health: Health, words: str, part: str = "sending") -> None:
    """Let a part fail at one place."""
    with health.minding(part):
        raise ValueError(words)


def test_the_same_fault_is_told_once_and_counted(said: StringIO) -> None:
    """Words may name what differs each time: the place is what tells faults apart."""
    health = Health(Clock())
    for number in range(100):
        fail(health, f"delivery {number}")
    (fault,) = health.faults()
    assert (fault.part, fault.times, fault.error) == ("sending", 100, "ValueError: delivery 99")
    assert events(said) == ["sending failed"]
    assert "Traceback" in json.loads(said.getvalue())["exception"]
    with health.minding("sending"):
        pass
    assert health.faults() == []
    assert events(said) == ["sending failed", "sending works again"]


def test_a_fault_that_comes_and_goes_does_not_fill_the_log(said: StringIO) -> None:
    """Every second message fails at one place: one traceback in a quarter of an hour."""
    clock = Clock()
    health = Health(clock)
    for _ in range(60):
        fail(health, "again")
        health.worked("sending")
        clock.now += timedelta(seconds=30)
    assert events(said).count("sending failed") == 1
    clock.now += timedelta(minutes=16)
    fail(health, "again")
    assert events(said).count("sending failed") == 2


def test_what_an_operator_can_mend_is_told_in_words(said: StringIO) -> None:
    """A full disk needs no traceback; another cause at the same place is told too."""
    health = Health(Clock())
    for words in ("The disk is full.", "The disk is full.", "Another program holds the database."):
        with health.minding("sending"):
            raise StateError(words, cure="Make room.")
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    assert [(line["error"], line["cure"]) for line in lines] == [
        ("The disk is full.", "Make room."),
        ("Another program holds the database.", "Make room."),
    ]
    assert not [line for line in lines if line.get("exception")]


def test_a_password_in_a_fault_is_hidden(said: StringIO) -> None:
    """Drivers name the address they could not reach, in words and tracebacks."""
    fail(Health(Clock()), "cannot reach postgresql://me:hunter2@host/db")
    assert "hunter2" not in said.getvalue()


def test_a_visitors_fault_lapses_and_starves_no_watchdog() -> None:
    """Nobody on the network restarts it, or keeps it unwell with a page nobody asks for again."""
    clock = Clock()
    health = Health(clock)
    with health.minding("web page front", by_visitor=True):
        raise ValueError("x")
    assert [fault.part for fault in health.faults()] == ["web page front"]
    assert health.feeds_watchdog()
    clock.now += timedelta(minutes=11)
    assert health.faults() == []
    fail(health, "x")
    clock.now += timedelta(days=1)
    assert not health.feeds_watchdog()


def test_a_thread_goes_on_whatever_its_steps_raise() -> None:
    """An exception, a panic of a library written in Rust, memory.

    The next step follows, and one that ends well makes it well.
    """

    class PanicError(BaseException):
        """As pyo3 raises it."""

    errors: list[BaseException] = [ValueError("x"), PanicError("y"), MemoryError()]
    health, done = Health(Clock()), threading.Event()

    def step() -> None:
        if errors:
            raise errors.pop()
        done.set()

    thread = Supervised("control", step, health, every=0.01)
    thread.start()
    assert done.wait(20), "the thread ended"
    thread.stop(10)
    assert not thread.is_alive()
    assert health.faults() == []


def test_a_thread_that_is_told_to_end_ends_although_every_step_fails() -> None:
    """Stopping is not waited for until it works."""
    failed = threading.Event()

    def step() -> None:
        failed.set()
        raise ValueError("always")

    thread = Supervised("control", step, Health(Clock()))
    thread.start()
    assert failed.wait(10)
    thread.stop(10)
    assert not thread.is_alive()
