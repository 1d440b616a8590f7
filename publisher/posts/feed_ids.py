"""Feed ids: minted once, kept for ever."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from publisher.posts.models import Post
    from publisher.posts.records import Adopted, PostSummary


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def propose_id(post: Post, site_url: str, preset: str) -> str:
    """Return which feed id a post is given when first published.

    In order: what the file claims; the page address where the generator used it; a ``tag:`` URI of
    the site's host, the date as written and the slug; for undated posts ``urn:uuid:`` version 5 of
    host and path.
    """
    from publisher.posts.dialects.registry import preset_of  # noqa: PLC0415

    if post.explicit_id:
        return _ascii(post.explicit_id)
    if preset_of(preset).address_is_id:
        return post.url
    host = _host(site_url)
    if post.published is None:
        return uuid.uuid5(uuid.NAMESPACE_URL, f"//{host}/{post.path}").urn
    # The day as written, not in UTC: a changed time zone of the site would make every id another.
    day = post.date_written[:10]
    if not _is_day(day):
        day = post.published.strftime("%Y-%m-%d").rjust(10, "0")
    return f"tag:{host},{day}:{quote(post.slug, safe='-._~')}"


def mint_id(facts: PostSummary, adopted: Iterable[Adopted], taken: Collection[str]) -> str:
    """Return a post its feed id.

    It is an adopted one that matches, else the proposed one, with ``-2`` where that is taken.
    """
    earlier = match_adopted(facts, adopted)
    # What readers know from the feed of before decides, or they would see every old post anew.
    if earlier is not None and earlier.id not in taken:
        return earlier.id
    # Two posts of one day may have one slug; ids must differ, and the first keeps the plain one.
    proposed, number = facts.proposed_id, 2
    while proposed in taken:
        proposed, number = f"{facts.proposed_id}-{number}", number + 1
    return proposed


def match_adopted(facts: PostSummary, adopted: Iterable[Adopted]) -> Adopted | None:
    """Find the entry of an earlier feed that this post was.

    It is found by its link, else by title and day of publication.
    """
    entries = list(adopted)
    if not entries:
        return None
    link = _same_page(facts.url)
    for entry in entries:
        if entry.link and _same_page(entry.link) == link:
            return entry
    for entry in entries:
        # A title alone is no proof: "Open thread" comes every week, so the dates must be close too.
        same_title = entry.title and entry.title.casefold() == facts.title.casefold()
        if (
            same_title
            and entry.published
            and facts.published
            and _close(entry.published, facts.published)
        ):
            return entry
    return None


def _close(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= timedelta(days=1)


def _same_page(address: str) -> str:
    """Fold what moves without the page moving.

    That is the scheme, ``www.``, a closing slash, and ``index.html``.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}{parts.path.removesuffix('index.html').rstrip('/')}?{parts.query}"


@lru_cache(maxsize=16)
def _host(site_url: str) -> str:
    return (urlsplit(site_url).hostname or "localhost").encode("idna").decode("ascii")


def _is_day(text: str) -> bool:
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
        else:
            datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return False
    return True


def _ascii(identifier: str) -> str:
    """Percent-encode what is not ASCII: the W3C validator refuses such ids."""
    return quote(identifier, safe="!#$%&'()*+,/:;=?@[]~")
