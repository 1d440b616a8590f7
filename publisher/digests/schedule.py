"""When digests go: pure calendar arithmetic in each subscriber's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from publisher.subscribers.models import Cadence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from publisher.config import Config


_DAY = timedelta(days=1)


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
        period: ``2026-03-02``, ``2026-W10`` or ``2026-03``: unique in a cadence and a zone,
            whatever the clock does.
    """

    instant: datetime
    period: str


class Due(NamedTuple):
    """A post that a subscriber's next digest may carry.

    It has the issue that announced it, and when that digest goes.

    Attributes:
        issue: Number of the issue.
        cadence: Of the digest.
        queued: When the issue was queued.
        at: When the digest goes.
        period: Of the digest.
        had: They had the digest of that period already.
    """

    issue: int
    cadence: Cadence
    queued: datetime
    at: datetime
    period: str
    had: bool


@dataclass(frozen=True, slots=True)
class CadenceRule:
    """When the digests of a cadence go.

    Attributes:
        title: What such a digest is called.
        first_day: Returns the first day from one on at which there is one.
        period: Names the period that ends with a day's digest, whatever the clock does.
        needs_day: A day that a zone skipped as a whole has none (Samoa had no 30 December 2011: a
            daily digest of that day would come twice on the next).
    """

    title: str
    first_day: Callable[[Timetable, date], date]
    period: Callable[[date], str]
    needs_day: bool = False


def next_slot(cadence: Cadence, timetable: Timetable, zone: ZoneInfo, after: datetime) -> Slot:
    """Return the first time after an instant at which a digest goes.

    In a gap of the local time it is the next valid minute, in a repeated hour the first. A day that
    a zone skipped as a whole has no daily digest.

    Args:
        cadence: Not ``every post``.
        timetable: Of the site.
        zone: Of the subscriber.
        after: Aware; a slot at this very instant is past.
    """
    rule, day = RULES[cadence], after.astimezone(zone).date() - _DAY
    while True:
        day = rule.first_day(timetable, day)
        instant = _instant(day, timetable.at, zone)
        if instant > after and (not rule.needs_day or _exists(day, zone)):
            return Slot(instant, rule.period(day))
        day += _DAY


def _weekday(timetable: Timetable, day: date) -> date:
    return day + timedelta(days=(timetable.weekday - day.weekday()) % 7)


def _monthday(timetable: Timetable, day: date) -> date:
    here = _in_month(day, timetable.monthday)
    return here if here >= day else _in_month(_first_of_next(day), timetable.monthday)


def _in_month(day: date, monthday: int) -> date:
    # The 31st is the last day of a shorter month.
    return min(day.replace(day=1) + timedelta(days=monthday - 1), _first_of_next(day) - _DAY)


def _first_of_next(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time.

    In a gap it is the next valid minute, in a repeated hour the first.
    """
    local = datetime.combine(day, at, zone)
    # A time that summer time leaves out comes at the first minute that exists after it; one that
    # comes twice, at its first.
    while (instant := local.astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != local.replace(
        tzinfo=None
    ):
        local = local.replace(second=0, microsecond=0, fold=0) + timedelta(minutes=1)
    return instant


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Return whether a zone had a day at all: Samoa had no 30 December 2011."""
    ends = (
        datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone).date()
        for at in (time.min, time.max)
    )
    return day in ends


def _week(day: date) -> str:
    # ISO's own year: the last days of December may be in week 1 of the next.
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


RULES: Mapping[Cadence, CadenceRule] = {
    Cadence.DAILY: CadenceRule("Today", lambda _, day: day, date.isoformat, needs_day=True),
    Cadence.WEEKLY: CadenceRule("This week", _weekday, _week),
    Cadence.MONTHLY: CadenceRule("This month", _monthday, lambda day: f"{day:%Y-%m}"),
}
"""Every cadence but ``every post``, a line each."""

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class SlotPlanner:
    """Plans the digests of one site from one instant on.

    Attributes:
        timetable: Of the site.
        fingerprint: Of what decides when digests go.
    """

    def __init__(self, config: Config, now: datetime) -> None:
        newsletter = config.newsletter
        self.timetable = Timetable(
            newsletter.digest_time,
            _DAYS.index(newsletter.digest_weekday),
            newsletter.digest_monthday,
        )
        self.fingerprint = (
            f"{self.timetable.at} {self.timetable.weekday} {self.timetable.monthday}"
            f" {config.site.timezone}"
        )
        self._now, self._zone = now, config.zone
        self._slots: dict[tuple[Cadence, str], Slot] = {}

    def slot(self, cadence: Cadence, zone: str) -> Slot:
        """Return the next digest of a cadence, not ``every post``, in a zone.

        The zone is the site's where that is empty or unknown here.
        """
        known = self._slots.get((cadence, zone))
        if known is None:
            known = self._slots[cadence, zone] = next_slot(
                cadence, self.timetable, self._zone_of(zone), self._now
            )
        return known

    def _zone_of(self, name: str) -> ZoneInfo:
        try:
            # A reader's zone may vanish with an update of tzdata; their digest must not.
            return ZoneInfo(name) if name else self._zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._zone
