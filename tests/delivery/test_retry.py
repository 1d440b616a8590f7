"""When a message is tried again: a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.retry import DEFAULT, RetryPolicy

FIRST = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "spread", "wait"),
    [
        (1, 0.0, MINUTE),
        (2, 1.0, 5 * MINUTE),
        (3, 0.5, 15 * MINUTE),
        (4, 0.5, HOUR),
        (5, 0.5, HOUR),
        (5, 0.0, 48 * MINUTE),
        (5, 1.0, 72 * MINUTE),
        (500, 0.25, 54 * MINUTE),
    ],
)
def test_waits_grow_and_then_stay_at_an_hour_give_or_take(
    attempts: int, spread: float, wait: timedelta
) -> None:
    """1, 5, 15 and 60 minutes, then hourly, spread so that not everybody comes back at once."""
    assert DEFAULT.wait(attempts, spread) == wait


@pytest.mark.parametrize(
    ("attempts", "age", "again"),
    [
        (1, timedelta(0), MINUTE),
        (4, 21 * MINUTE, HOUR),
        (40, 70 * HOUR, HOUR),
        (40, 71 * HOUR, HOUR),
        (40, 71 * HOUR + MINUTE, None),
        (1, 80 * HOUR, None),
    ],
)
def test_a_message_is_given_up_after_three_days(
    attempts: int, age: timedelta, again: timedelta | None
) -> None:
    """The next attempt is never later than three days after the first."""
    now = FIRST + age
    assert DEFAULT.again(attempts, FIRST, now) == (None if again is None else now + again)


def test_a_policy_without_first_waits_is_hourly_at_once() -> None:
    """Every part of the policy is a value of its own."""
    policy = RetryPolicy(waits=(), then=2 * HOUR, jitter=0.0, give_up=5 * HOUR)
    assert policy.wait(1) == 2 * HOUR
    assert policy.again(2, FIRST, FIRST + 3 * HOUR) == FIRST + 5 * HOUR
    assert policy.again(2, FIRST, FIRST + 4 * HOUR) is None


@given(st.floats(0, 1))
def test_a_message_that_is_always_put_off_comes_to_an_end(spread: float) -> None:
    """Attempts go forward in time and end within three days, after some seventy of them."""
    now, attempts = FIRST, 1
    while (at := DEFAULT.again(attempts, FIRST, now, spread)) is not None:
        assert at > now
        now, attempts = at, attempts + 1
    assert 60 < attempts < 95
    assert now <= FIRST + timedelta(hours=72)
