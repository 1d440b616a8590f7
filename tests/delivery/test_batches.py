"""Batches: which rows belong together, and when a batch is looked at again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.workers.batches import SIZE, Batch, follow_up

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
SOON, LATER, NIGHT = (
    NOW + timedelta(seconds=10),
    NOW + timedelta(minutes=5),
    NOW + timedelta(hours=12),
)


@given(st.integers(1, 2**60))
def test_every_row_belongs_to_one_batch_of_its_issue(row: int) -> None:
    """Whoever asks, and however many rows wait.

    The same row is in the same batch, and batches do not overlap.
    """
    batch = Batch.at(7, row // SIZE)
    assert batch.after < row <= batch.until
    assert batch.until - batch.after == SIZE
    assert Batch.at(7, row // SIZE + 1).after == batch.until
    assert Batch.at(7, row // SIZE - 1).until == batch.after


def test_a_batch_is_told_from_every_other_by_its_name() -> None:
    """The name says which rows of which issue."""
    assert Batch.at(7, 3).name == f"7:{3 * SIZE}-{4 * SIZE - 1}"
    assert len({Batch.at(issue, place).name for issue in range(30) for place in range(30)}) == 900


@pytest.mark.parametrize(
    ("earliest", "circumstances", "expected"),
    [
        pytest.param(None, {}, None, id="nothing waits"),
        pytest.param(
            None, {"pause": LATER, "stopping": True}, None, id="nothing waits, whatever else"
        ),
        pytest.param(LATER, {}, LATER, id="put off by the other side"),
        pytest.param(
            NOW - timedelta(hours=1), {}, SOON, id="due, but passed over: not at once again"
        ),
        pytest.param(NOW + timedelta(seconds=1), {}, SOON, id="what is due soon goes together"),
        pytest.param(NOW, {"pause": LATER}, LATER, id="the relay takes nothing"),
        pytest.param(NIGHT, {"pause": LATER}, NIGHT, id="the relay is back before anything is due"),
        pytest.param(
            NOW, {"pause": NOW - timedelta(minutes=1)}, SOON, id="the relay may be tried again"
        ),
        pytest.param(NOW, {"day_is_full": True}, NOW + timedelta(minutes=10), id="the day is full"),
        pytest.param(NIGHT, {"day_is_full": True}, NIGHT, id="the day is full, and nothing is due"),
        pytest.param(NOW, {"stopping": True}, NOW, id="told to end: somebody else goes on at once"),
        pytest.param(LATER, {"stopping": True}, LATER, id="told to end, and nothing is due"),
    ],
)
def test_when_a_batch_is_looked_at_again(
    earliest: datetime | None, circumstances: dict[str, object], expected: datetime | None
) -> None:
    """At the earliest when something may go, and not more often than is worth while."""
    assert follow_up(NOW, earliest, **circumstances) == expected  # type: ignore[arg-type]
