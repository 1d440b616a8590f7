"""The rules by which news is skipped or held, in their order; the first that applies decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from publisher.issues.models import EXCLUDED, NOT_INCLUDED, NOT_WANTED, Settings
from publisher.newsletter.issue import HoldReason
from publisher.posts.records import KnownAs
from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from publisher.posts.records import PostRecord, PostSummary


_EXPECTED = frozenset({KnownAs.DRAFT, KnownAs.SCHEDULED})


@dataclass(frozen=True, slots=True)
class News:
    """A newly published post and what is known about how it came.

    Attributes:
        row: The post's row as it is now.
        facts: Of the row.
        before: The row as it was, or None for a new file.
        known_as: What the file was when last decided.
        clock_back: The clock was set back.
        overlooked: Where the post is first seen now: it may have been there before ``[posts]`` or
            the program's version changed.
        resembles: The post it is like, whose news is out or on its way; or None.
        bulk: More than ``newsletter.burst`` posts became news within ten minutes.
    """

    row: PostRecord
    facts: PostSummary
    before: PostRecord | None
    known_as: KnownAs
    clock_back: bool
    overlooked: bool
    resembles: PostRecord | None
    bulk: bool


def skip_reason(facts: PostSummary, settings: Settings) -> str | None:
    """Return why a post is never mailed, or None (rule "skipped")."""
    if not facts.send:
        return NOT_WANTED
    terms = {fold_term(name) for kind, name in facts.terms if kind != "author"}
    if settings.include and not settings.include & terms:
        return NOT_INCLUDED
    if settings.exclude & terms:
        return EXCLUDED
    return None


def hold_reason(news: News, settings: Settings, instant: datetime) -> HoldReason | None:
    """Return why an issue must wait for a person, or None when the post is news (rules 3 to 10)."""
    # A reason once given stays until a person acts: a later round must not release by forgetting.
    if news.row.why in set(HoldReason):
        return HoldReason(news.row.why)
    # Before the rules about the post itself: what an older copy of the database takes for news may
    # have gone out long ago.
    if settings.restored:
        return HoldReason.RESTORED
    if news.clock_back:
        return HoldReason.CLOCK
    if _read_differently(news, instant):
        return HoldReason.READ_DIFFERENTLY
    if news.resembles is not None:
        return HoldReason.RESEMBLES
    if _stale(news, settings, instant):
        return HoldReason.STALE
    # Whoever writes newsletter: true into a post has asked by name; the guards against accidents
    # step back.
    if not news.facts.asked and _old_news(news, settings, instant):
        return HoldReason.OLD_NEWS
    if not news.facts.asked and news.bulk:
        return HoldReason.BULK
    if settings.manual:
        return HoldReason.APPROVAL
    return None


def is_from_before(facts: PostSummary, last_scan: datetime | None, zone: tzinfo) -> bool:
    """Check whether a post is dated before the last good scan.

    Such a post was there, and only the way of reading kept it from being seen.

    An undated post may be. Midnight is the time of dates that have none: such a post is of that
    whole day.
    """
    if facts.published is None or last_scan is None:
        return True
    dated, scanned = facts.published.astimezone(zone), last_scan.astimezone(zone)
    # A date without a time means the day: a post of today is not from before this morning's scan.
    return dated.date() < scanned.date() if dated.time() == time.min else dated < scanned


def _same_bytes(news: News) -> bool:
    return news.before is not None and news.before.decided_hash == news.row.source_hash


def _date_passed(news: News, instant: datetime) -> bool:
    """Check whether the post was scheduled and its time came.

    That is the one way to become published with the same bytes.
    """
    earlier = news.before.facts if news.before is not None else None
    return (
        news.known_as is KnownAs.SCHEDULED
        and earlier is not None
        and (earlier.released or instant) <= instant
    )


def _read_differently(news: News, instant: datetime) -> bool:
    if news.before is None or news.known_as is KnownAs.UNKNOWN:
        return news.overlooked
    return _same_bytes(news) and not _date_passed(news, instant)


def _is_old(news: News, settings: Settings, instant: datetime) -> bool:
    return news.facts.released is None or news.facts.released < instant - settings.max_age


def _stale(news: News, settings: Settings, instant: datetime) -> bool:
    return (
        news.known_as is KnownAs.SCHEDULED
        and _same_bytes(news)
        and _is_old(news, settings, instant)
    )


def _old_news(news: News, settings: Settings, instant: datetime) -> bool:
    return news.known_as not in _EXPECTED and _is_old(news, settings, instant)
