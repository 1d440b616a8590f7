"""Work that is spread over processes: every result, in order, whatever becomes of a process."""

from __future__ import annotations

import os
import signal
from functools import partial

import pytest

from publisher.system.worker_pool import map_parallel

MANY = range(4000)


def _square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def _square_or_die(parent: int, number: int) -> int:
    if number == 2500 and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _refuse(number: int) -> int:
    if number == 3000:
        raise ValueError("three thousand")
    return number


@pytest.mark.skipif(
    len(os.sched_getaffinity(0)) < 2, reason="one processor has nobody to share with"
)
def test_many_items_are_done_by_several_processes_in_order() -> None:
    """None of it here."""
    found = list(map_parallel(_square, MANY))
    assert [square for square, _ in found] == [number * number for number in MANY]
    assert os.getpid() not in {pid for _, pid in found}


def test_few_items_are_done_here() -> None:
    """A fork costs more than it gives."""
    assert {pid for _, pid in map_parallel(_square, range(10))} == {os.getpid()}


def test_what_a_killed_process_leaves_is_done_here() -> None:
    """The system takes a process when memory is short.

    Nothing is missing, and nothing comes twice.
    """
    assert list(map_parallel(partial(_square_or_die, os.getpid()), MANY)) == [
        number * number for number in MANY
    ]


def test_what_goes_wrong_is_raised_here() -> None:
    """As if there were no other process."""
    with pytest.raises(ValueError, match="three thousand"):
        list(map_parallel(_refuse, MANY))
