"""The formats of feeds, a line each; whatever lists formats reads this."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.config import FeedsConfig
    from publisher.feeds.models import FeedDocument, Item
    from publisher.posts.models import Entry


class Serializer(Protocol):
    """The module of a format: each has one."""

    def item(self, entry: Entry, language: str) -> Item:
        """Return an entry as it stands in a document."""
        ...

    def frame(self, document: FeedDocument, items: Sequence[bytes]) -> bytes:
        """Return a document as UTF-8 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """A format of feeds.

    Attributes:
        title: For people.
        media_type: Of its documents, and of links to them (RFC 4287; RSS and JSON Feed: by use).
        module: Its serializer, loaded for the first document.
        has_archives: It knows archives (RFC 5005).
    """

    title: str
    media_type: str
    module: str
    has_archives: bool = True

    def serializer(self) -> Serializer:
        """Return what writes it."""
        return cast("Serializer", import_module(f"publisher.feeds.{self.module}"))


FORMATS: Mapping[str, FeedFormat] = {
    "rss": FeedFormat("RSS", "application/rss+xml", "rss"),
    "atom": FeedFormat("Atom", "application/atom+xml", "atom"),
    "json": FeedFormat("JSON Feed", "application/feed+json", "json_feed", has_archives=False),
}
"""By the key in ``[feeds]``, whose value is the file's name, or false."""


def formats(feeds: FeedsConfig) -> dict[str, str]:
    """Return the formats that are on, with their file names."""
    names = feeds.model_dump(by_alias=True, include=set(type(feeds).model_fields))
    return {key: names[key] for key in FORMATS if names[key]}
