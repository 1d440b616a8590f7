"""Spread work over the processors of this machine: forked processes that end with the work."""

from __future__ import annotations

import os
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


T = TypeVar("T")
R = TypeVar("R")

_LEAST = 1500
"""So many items are worth the fork."""
_CHUNK = 200
_MOST = 8
_AHEAD = 2
_given: list[Callable[[object], object]] = []
"""In a fork: the work it is there for."""


def map_parallel(work: Callable[[T], R], items: Sequence[T], weight: int = 1) -> Iterable[R]:
    """Map work over items, in forked processes where it is worth it.

    It is with many items and several processors.

    Only for a process without other threads: what they hold would be held for ever in a fork. A
    fork sees everything as it is when the first result is asked for; it gives back its results and
    nothing else.

    Args:
        work: Gives what can be pickled.
        items: Picklable; their results come in their order. Where a fork is killed, this process
            does what is left.
        weight: What an item costs, in small files read.
    """
    processors = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST)
    if processors == 1 or len(items) * weight < _LEAST:
        return map(work, items)
    return _spread(work, items, processors, max(_CHUNK // weight, 1))


def _spread(work: Callable[[T], R], items: Sequence[T], processors: int, size: int) -> Iterator[R]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 - only for many items
    from concurrent.futures.process import BrokenProcessPool  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    chunks, given = iter([items[start : start + size] for start in range(0, len(items), size)]), 0
    try:
        # A fork has the work already: nothing of it goes through a pipe.
        with ProcessPoolExecutor(
            processors,
            get_context("fork"),
            _given.append,  # type: ignore[arg-type]
            (work,),  # type: ignore[arg-type]
        ) as pool:
            # Few are asked for ahead of what was taken, so that results do not fill the memory.
            asked = deque(pool.submit(_do, chunk) for chunk in islice(chunks, processors * _AHEAD))
            while asked:
                done = asked.popleft().result()
                asked.extend(pool.submit(_do, chunk) for chunk in islice(chunks, 1))
                yield from done  # type: ignore[misc]
                given += len(done)
    except BrokenProcessPool:
        yield from map(work, items[given:])


def _do(items: Sequence[object]) -> list[object]:
    work = _given[-1]
    return [work(item) for item in items]


class Spread(Protocol):
    """Does the same work on every item and gives the results in order.

    It uses several processes where it may and that is worth it.
    """

    def __call__(self, work: Callable[[T], R], items: Sequence[T], weight: int, /) -> Iterable[R]:
        """Yield what the work gives for each item, in order; ``weight`` is what one costs."""
        ...


def map_serial(work: Callable[[T], R], items: Sequence[T], _weight: int) -> Iterable[R]:
    """Map work over items in this process."""
    return map(work, items)
