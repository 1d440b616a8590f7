"""When digests go: pure calendar arithmetic in each subscriber's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from publisher.subscribers.model import Cadence

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Timetable:
    """When digests go, in local time.

    Attributes:
        at: Time of day.
        weekday: 0 for Monday.
        monthday: Day of the month; the last one of a shorter month.
    """

    at: time
    weekday: int
    monthday: int


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which a digest goes.

    Attributes:
        instant: In UTC.
        period: ``2026-03-02``, ``2026-W10`` or ``2026-03``: unique in a cadence, whatever the clock does.
    """

    instant: datetime
    period: str


def last_slot(cadence: Cadence, timetable: Timetable, zone: ZoneInfo, now: datetime) -> Slot:
    """Give the last time at or before ``now`` at which a digest of this cadence went, or should have.

    Args:
        cadence: Not ``every post``.
        timetable: Of the site.
        zone: Of the subscriber.
        now: Aware.
    """
    day = now.astimezone(zone).date()
    for _ in range(3):
        day = _day_of(cadence, timetable, day)
        slot = Slot(_instant(day, timetable.at, zone), _period(cadence, day))
        if slot.instant <= now:
            return slot
        day -= timedelta(days=1)
    return slot


def _day_of(cadence: Cadence, timetable: Timetable, day: date) -> date:
    """Give the last day at or before ``day`` on which this cadence has a digest."""
    if cadence is Cadence.WEEKLY:
        return day - timedelta(days=(day.weekday() - timetable.weekday) % 7)
    if cadence is Cadence.MONTHLY:
        here = _in_month(day.year, day.month, timetable.monthday)
        if here > day:
            before = day.replace(day=1) - timedelta(days=1)
            here = _in_month(before.year, before.month, timetable.monthday)
        return here
    return day


def _in_month(year: int, month: int, monthday: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=monthday - 1), following - timedelta(days=1))


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Give the instant of a local time: in a gap the next valid minute, in a repeated hour the first."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        local += timedelta(minutes=1)
        instant = local.replace(fold=0).astimezone(UTC)
    return instant


def _period(cadence: Cadence, day: date) -> str:
    if cadence is Cadence.WEEKLY:
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day:%Y-%m}" if cadence is Cadence.MONTHLY else day.isoformat()
