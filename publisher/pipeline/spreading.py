"""The same work on many items.

By this process, or by several, which :mod:`publisher.forks` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")
R = TypeVar("R")


class Spread(Protocol):
    """Does the same work on every item and gives the results in order.

    It uses several processes where it may and that is worth it.
    """

    def __call__(
        self, work: Callable[[T], R], items: Sequence[T], weight: int, /
    ) -> Iterable[R]: ...


def one_by_one(work: Callable[[T], R], items: Sequence[T], _weight: int) -> Iterable[R]:
    """Do it in this process."""
    return map(work, items)
