"""When digests go: tables of odd days, and what holds for every zone, cadence and instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.digests.schedule import Slot, Timetable, next_slot
from publisher.subscribers.models import Cadence

MORNING = Timetable(time(8), 0, 1)
ZONES = (
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
    "Australia/Lord_Howe", "Pacific/Apia",
    "Pacific/Kiritimati", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns",
    "Antarctica/Troll", "Asia/Gaza", "Pacific/Chatham",
)  # fmt: skip


def _next(
    cadence: str,
    after: str,
    zone: str = "UTC",
    *,
    at: str = "08:00",
    weekday: int = 0,
    monthday: int = 1,
) -> tuple[str, str]:
    timetable = Timetable(time.fromisoformat(at), weekday, monthday)
    slot = next_slot(Cadence(cadence), timetable, ZoneInfo(zone), datetime.fromisoformat(after))
    return slot.instant.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"), slot.period


@pytest.mark.parametrize(
    ("cadence", "after", "goes", "period"),
    [
        ("daily", "2026-03-02T07:59Z", "2026-03-02T08:00+00:00", "2026-03-02"),
        ("daily", "2026-03-02T08:00Z", "2026-03-03T08:00+00:00", "2026-03-03"),
        ("daily", "2026-12-31T23:00Z", "2027-01-01T08:00+00:00", "2027-01-01"),
        ("weekly", "2026-03-02T07:59Z", "2026-03-02T08:00+00:00", "2026-W10"),
        ("weekly", "2026-03-02T08:00Z", "2026-03-09T08:00+00:00", "2026-W11"),
        ("weekly", "2026-12-27T08:00Z", "2026-12-28T08:00+00:00", "2026-W53"),
        ("weekly", "2026-12-28T08:00Z", "2027-01-04T08:00+00:00", "2027-W01"),
        ("monthly", "2026-03-01T07:59Z", "2026-03-01T08:00+00:00", "2026-03"),
        ("monthly", "2026-03-01T08:00Z", "2026-04-01T08:00+00:00", "2026-04"),
        ("monthly", "2026-12-02T08:00Z", "2027-01-01T08:00+00:00", "2027-01"),
    ],
)
def test_the_next_digest_is_the_first_slot_after_an_instant(
    cadence: str, after: str, goes: str, period: str
) -> None:
    """A slot at the very instant is past.

    Periods are days, ISO weeks and months, also where the year changes.
    """
    assert _next(cadence, after) == (goes, period)


@pytest.mark.parametrize(
    ("after", "monthday", "goes"),
    [
        ("2026-01-31T09:00Z", 31, "2026-02-28"),
        ("2028-01-31T09:00Z", 31, "2028-02-29"),
        ("2026-02-28T07:00Z", 30, "2026-02-28"),
        ("2026-02-28T09:00Z", 30, "2026-03-30"),
        ("2026-03-31T09:00Z", 31, "2026-04-30"),
        ("2026-04-29T09:00Z", 29, "2026-05-29"),
    ],
)
def test_a_shorter_month_has_its_digest_on_its_last_day(
    after: str, monthday: int, goes: str
) -> None:
    """The 31st of February is the 28th, or the 29th."""
    assert _next("monthly", after, monthday=monthday)[0].startswith(goes)


@pytest.mark.parametrize(
    ("zone", "at", "after", "goes"),
    [
        # Clocks go forward: the hour is missing, and the next valid minute counts.
        ("Europe/Berlin", "02:30", "2026-03-28T12:00Z", "2026-03-29T03:00+02:00"),
        ("America/Sao_Paulo", "00:15", "2018-11-03T12:00Z", "2018-11-04T01:00-02:00"),
        ("Australia/Lord_Howe", "02:10", "2026-10-03T12:00Z", "2026-10-04T02:30+11:00"),
        ("Africa/Casablanca", "02:45", "2026-03-21T12:00Z", "2026-03-22T03:00+01:00"),
        ("Antarctica/Troll", "01:20", "2026-03-28T12:00Z", "2026-03-29T03:00+02:00"),
        # Clocks go back: the hour comes twice, and the first counts.
        ("Europe/Berlin", "02:30", "2026-10-24T12:00Z", "2026-10-25T02:30+02:00"),
        ("America/Sao_Paulo", "23:30", "2018-02-17T12:00Z", "2018-02-17T23:30-02:00"),
        ("Australia/Lord_Howe", "01:45", "2026-04-04T08:00Z", "2026-04-05T01:45+11:00"),
        # The day after each is as long as it is.
        ("Europe/Berlin", "02:30", "2026-03-29T01:00Z", "2026-03-30T02:30+02:00"),
        ("Europe/Berlin", "02:30", "2026-10-25T00:30Z", "2026-10-26T02:30+01:00"),
        ("Europe/Berlin", "02:30", "2026-10-25T01:30Z", "2026-10-26T02:30+01:00"),
    ],
)
def test_a_missing_hour_waits_and_a_repeated_hour_counts_once(
    zone: str, at: str, after: str, goes: str
) -> None:
    """A gap: the next valid minute; a repetition: the first."""
    local, period = _next("daily", after, zone, at=at)
    assert local == goes
    assert period == goes[:10]


def test_a_day_that_a_zone_skipped_has_no_daily_digest_but_weeks_and_months_are_kept() -> None:
    """Samoa went from the 29th to the 31st of December 2011; the 30th was a Friday."""
    assert _next("daily", "2011-12-29T18:00Z", "Pacific/Apia") == (
        "2011-12-31T08:00+14:00",
        "2011-12-31",
    )
    assert _next("daily", "2011-12-29T18:00Z", "Pacific/Apia", at="00:00") == (
        "2011-12-31T00:00+14:00",
        "2011-12-31",
    )
    assert _next("weekly", "2011-12-29T18:00Z", "Pacific/Apia", weekday=4) == (
        "2011-12-31T00:00+14:00",
        "2011-W52",
    )
    assert _next("monthly", "2011-12-29T18:00Z", "Pacific/Apia", monthday=30) == (
        "2011-12-31T00:00+14:00",
        "2011-12",
    )


def test_a_digest_at_the_end_of_a_day_may_go_on_the_next_and_stays_that_of_its_day() -> None:
    """Where a Saturday's last minutes are missing, its digest goes on Sunday beside that day's."""
    # Toronto's clocks went forward at 23:30 on 30 March 1919.
    assert _next("daily", "1919-03-30T18:00Z", "America/Toronto", at="23:45") == (
        "1919-03-31T00:30-04:00",
        "1919-03-30",
    )
    assert _next("daily", "1919-03-31T04:45Z", "America/Toronto", at="23:45") == (
        "1919-03-31T23:45-04:00",
        "1919-03-31",
    )


INSTANTS = st.datetimes(
    datetime.fromisoformat("1990-01-01"),
    datetime.fromisoformat("2030-01-01"),
    timezones=st.just(UTC),
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))
TIMETABLES = st.builds(Timetable, TIMES, st.integers(0, 6), st.integers(1, 31))
CADENCES = st.sampled_from([Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY])


def _slots(
    cadence: Cadence, timetable: Timetable, zone: str, start: datetime, count: int
) -> list[Slot]:
    slots = []
    for _ in range(count):
        slots.append(next_slot(cadence, timetable, ZoneInfo(zone), start))
        start = slots[-1].instant
    return slots


@given(CADENCES, TIMETABLES, st.sampled_from(ZONES), INSTANTS)
@example(
    Cadence.DAILY, Timetable(time(0), 0, 1), "Pacific/Apia", datetime(2011, 12, 28, tzinfo=UTC)
)
@example(
    Cadence.DAILY, Timetable(time(2, 30), 0, 1), "Europe/Berlin", datetime(2026, 3, 27, tzinfo=UTC)
)
@example(
    Cadence.DAILY, Timetable(time(0), 0, 1), "America/Sao_Paulo", datetime(2018, 11, 2, tzinfo=UTC)
)
@example(Cadence.WEEKLY, Timetable(time(23, 59), 6, 1), "UTC", datetime(2020, 12, 20, tzinfo=UTC))
@example(
    Cadence.MONTHLY, Timetable(time(8), 0, 31), "Pacific/Apia", datetime(2011, 11, 1, tzinfo=UTC)
)
def test_slots_go_forward_and_no_period_comes_twice(
    cadence: Cadence, timetable: Timetable, zone: str, start: datetime
) -> None:
    """Strictly increasing instants, strictly increasing periods.

    Seen to fail: without ``_exists`` in ``next_slot`` (midnight in Apia), and with ``>=`` for ``>``
    (the same slot for ever).
    """
    slots = _slots(cadence, timetable, zone, start, 12)
    assert start < slots[0].instant
    for earlier, later in pairwise(slots):
        assert earlier.instant < later.instant
        assert earlier.period < later.period


@given(CADENCES, TIMETABLES, st.sampled_from(ZONES), INSTANTS, st.floats(0, 1))
def test_whoever_asks_in_between_is_told_the_same_slot(
    cadence: Cadence, timetable: Timetable, zone: str, start: datetime, part: float
) -> None:
    """What is queued at any time before a digest goes with that one: nothing is skipped.

    Seen to fail: when ``next_slot`` begins to look on the day itself (a gap at the end of a day
    moved its slot to the next).
    """
    slot = next_slot(cadence, timetable, ZoneInfo(zone), start)
    between = start + (slot.instant - start - timedelta(microseconds=1)) * part
    assert next_slot(cadence, timetable, ZoneInfo(zone), between) == slot


@given(TIMETABLES, st.sampled_from(ZONES), INSTANTS)
def test_a_digest_goes_at_its_time_of_day_or_just_after_a_gap(
    timetable: Timetable, zone: str, start: datetime
) -> None:
    """Never before its time, and later only where that time did not exist.

    Seen to fail: with ``fold=1`` in ``_instant`` (the second of a repeated hour).
    """
    slot = next_slot(Cadence.DAILY, timetable, ZoneInfo(zone), start)
    wanted = datetime.combine(date.fromisoformat(slot.period), timetable.at, ZoneInfo(zone))
    local = slot.instant.astimezone(ZoneInfo(zone))
    if wanted.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted.replace(
        tzinfo=None
    ):
        assert slot.instant == wanted.astimezone(UTC)
    else:
        assert local.replace(tzinfo=None) > wanted.replace(tzinfo=None)
        minute_before = (
            (slot.instant - timedelta(minutes=1)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        )
        assert minute_before < wanted.replace(tzinfo=None), (
            "the minute before it was before the gap"
        )
