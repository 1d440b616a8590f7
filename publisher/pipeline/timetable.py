"""When a subscriber's next digest goes: the site's timetable in their zone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from publisher.delivery.digests import Slot, Timetable, next_slot

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.subscribers import Cadence

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Planner:
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
            return ZoneInfo(name) if name else self._zone
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return self._zone
