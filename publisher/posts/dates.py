"""Dates as people write them in front matter, file names and paths, as aware instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:\s+\1(?=\s))?\s*"
    r"(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{1,2})?"
    r"(?:\s+[A-Z][A-Za-z]{2,4})?)?",
    re.IGNORECASE,
)
_WORDS = (
    "%b %d %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%a %b %d %Y",
    "%A, %B %d, %Y",
    "%m/%d/%Y",
)
_FILE_NAME = re.compile(r"(?:^|/)(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_. ]|T\d|$)(?:[^/]*)$")
_LONGEST = 100
"""Characters of a date in any words."""
_FOLDERS = re.compile(r"(?:^|/)(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date from a source.

    Attributes:
        instant: In UTC.
        date_only: It names a day and no time; ``instant`` is then midnight of the site's zone.
        written: As it stands in the source, in one line.
    """

    instant: datetime
    date_only: bool
    written: str


def parse_date(value: object, zone: ZoneInfo) -> Moment | None:
    """Read a date value, naive ones in ``zone``; None when it is no date.

    Raises:
        ValueError: It looks like a date but names no day that exists.
    """
    if isinstance(value, datetime):
        return _moment(value, zone, str(value))
    if isinstance(value, date):
        return _day(value, zone, value.isoformat())
    # A bool is an int in Python, and ``date: true`` is no day of 1970.
    if isinstance(value, bool) or value is None:
        return None
    text = " ".join(str(value).split())
    if len(text) > _LONGEST:
        return None
    match = _ISO.fullmatch(text)
    if match is not None:
        return _from_match(match, zone, text)
    return _from_words(text, zone)


def _from_match(match: re.Match[str], zone: ZoneInfo, text: str) -> Moment:
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if match[4] is None:
        return _day(date(year, month, day), zone, text)
    # JavaScript writes three digits, Go nine; Python keeps six.
    fraction = int((match[7] or "0").ljust(6, "0")[:6])
    clock = int(match[4]), int(match[5]), int(match[6] or 0)
    local = datetime(year, month, day, *clock, fraction, tzinfo=zone)
    offset = _offset(match[8])
    return _moment(local if offset is None else local.replace(tzinfo=offset), zone, text)


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = (
        text[1:].replace(":", "").ljust(4, "0")
        if len(text) > len("+02")
        else text[1:].zfill(2) + "00"
    )
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-delta if text[0] == "-" else delta)


def _from_words(text: str, zone: ZoneInfo) -> Moment | None:
    for form in _WORDS:
        try:
            return _day(datetime.strptime(text, form).replace(tzinfo=zone).date(), zone, text)
        except ValueError:
            continue
    if not re.search(r"\d{1,2}:\d{2}", text):
        return None
    try:
        return _moment(parsedate_to_datetime(text), zone, text)
    except (ValueError, TypeError, IndexError):
        pass
    for form in (
        "%b %d, %Y %H:%M",
        "%B %d, %Y %H:%M",
        "%B %d, %Y %I:%M %p",
        "%a %b %d %H:%M:%S %Y",
    ):
        try:
            return _moment(datetime.strptime(text, form).replace(tzinfo=zone), zone, text)
        except ValueError:
            continue
    return None


def _moment(value: datetime, zone: ZoneInfo, written: str) -> Moment:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return Moment(_to_utc(aware, zone), date_only=False, written=written)


def _day(value: date, zone: ZoneInfo, written: str) -> Moment:
    return Moment(
        _to_utc(datetime.combine(value, time(0), tzinfo=zone), zone),
        date_only=True,
        written=written,
    )


def _to_utc(value: datetime, zone: ZoneInfo) -> datetime:
    """Return an instant in UTC.

    It must be one in the site's zone too, which addresses and issues are dated in.
    """
    try:
        # Year 1 in Auckland is year 0 in UTC, which no datetime can say.
        return value.astimezone(zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the year is out of range") from error


def date_of_name(path: str, zone: ZoneInfo) -> Moment | None:
    """Return the date of a file name (``2014-3-5-title.md``), else of its folders, else None.

    Folders are those of ``2014/03/05/``.

    Raises:
        ValueError: The name begins like a date, names no day that exists, and the folders give
            none.
    """
    stem = path.rpartition(".")[0] or path
    # A page bundle carries its date in its folder's name.
    if stem.endswith("/index"):
        stem = stem.removesuffix("/index")
    wrong: ValueError | None = None
    for pattern in (_FILE_NAME, _FOLDERS):
        match = pattern.search(stem)
        if match is not None:
            try:
                return _day(
                    date(int(match[1]), int(match[2]), int(match[3])),
                    zone,
                    "-".join(match.groups()),
                )
            except ValueError as error:
                # Folders such as 2024/13/99 need not be dates at all; a file name that begins like
                # one is meant to be.
                wrong = error if pattern is _FILE_NAME else wrong
    if wrong is not None:
        raise wrong
    return None
