"""Shares of a second and of a day, and the pause of a relay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.rate_limits import DayCount, PerSecond, RelayPause

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@given(st.floats(0.5, 50), st.lists(st.floats(0, 2), max_size=60))
def test_no_second_has_more_than_its_share(rate: float, waits: list[float]) -> None:
    """In any stretch at most its length times the rate may go, and one second's worth at once."""
    pace, clock, gone = PerSecond(rate, 0.0), 0.0, 0
    for wait in waits:
        clock += wait
        allowed = pace.allowed(1000, clock)
        pace.take(allowed)
        gone += allowed
        assert gone <= clock * rate + max(rate, 1.0) + 1e-6


def test_without_a_limit_everything_may_go() -> None:
    """0 means no limit."""
    pace = PerSecond(0, 0.0)
    assert pace.allowed(16, 0.0) == 16
    assert pace.wait() == 0.0


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 50)), max_size=40))
def test_no_24_hours_have_more_than_a_days_share(steps: list[tuple[int, int]]) -> None:
    """Whenever messages went: the 24 hours before any of them hold at most ``per_day``."""
    count, clock, went = DayCount({}), NOW, []
    for minutes, wanted in steps:
        clock += timedelta(minutes=minutes)
        count = DayCount.loads(count.dumps())
        going = min(wanted, count.left(30, clock))
        count = count.plus(going, clock)
        went += [clock] * going
        assert sum(1 for at in went if at > clock - timedelta(hours=24)) <= 30


def test_a_relay_is_tried_after_1_5_15_60_minutes_and_then_hourly() -> None:
    """The pause survives being written down."""
    pause, clock, waits = None, NOW, []
    for _ in range(6):
        pause = RelayPause.after(pause, "refused", clock)
        waits.append((pause.again - clock) // timedelta(minutes=1))
        clock = pause.again
        assert RelayPause.loads(pause.dumps()) == pause
    assert waits == [1, 5, 15, 60, 60, 60]
    assert pause is not None
    assert pause.since == NOW
    assert RelayPause.loads("") is None
