"""JSON Feed 1.1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from publisher.errors import Level, Problem
from publisher.feeds.models import Item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from publisher.feeds.models import FeedDocument
    from publisher.posts.models import Author, Entry


VERSION = "https://jsonfeed.org/version/1.1"


def item(entry: Entry, language: str) -> Item:
    """Return an entry as it stands in the list of items."""
    try:
        data = json.dumps(_fields(entry, language), ensure_ascii=False, indent=2).encode()
    except UnicodeEncodeError:
        found = (
            "The post cannot be written into a feed: it holds half of a character; it was left out."
        )
        return Item(b"", Problem(entry.path, None, Level.ERROR, found, "Remove the broken escape."))
    return Item(b"    " + data.replace(b"\n", b"\n    "))


def frame(document: FeedDocument, items: Sequence[bytes]) -> bytes:
    """Return a JSON Feed as UTF-8 bytes."""
    feed = {
        "version": VERSION,
        "title": document.title,
        "home_page_url": document.home_url,
        "feed_url": document.self_url,
        "description": document.description,
        "icon": document.image,
        "authors": _authors(document.authors),
        "language": document.language,
    }
    kept = {name: value for name, value in feed.items() if value}
    # Entries are bytes already, serialised one by one, so that a bad one harms only itself.
    head = json.dumps(kept, ensure_ascii=False, indent=2).encode().removesuffix(b"\n}")
    listed = b"[\n" + b",\n".join(items) + b"\n  ]" if items else b"[]"
    return head + b',\n  "items": ' + listed + b"\n}\n"


def _fields(entry: Entry, language: str) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": entry.id,
        "url": entry.page_url,
        "external_url": entry.url if entry.url != entry.page_url else None,
        "title": entry.title,
        "content_html": entry.content,
        # JSON Feed 1.1 wants one of the two in every item.
        "content_text": None if entry.content else entry.summary or entry.title,
        "summary": entry.summary,
        "image": entry.image,
        "date_published": _instant(entry.published),
        "date_modified": _instant(entry.updated),
        "authors": _authors(entry.authors),
        "tags": list(dict.fromkeys([*entry.categories, *entry.tags])),
        "language": (
            entry.language
            if entry.language and entry.language.lower() != language.lower()
            else None
        ),
        "attachments": [
            {"url": e.url, "mime_type": e.type, "size_in_bytes": e.length} for e in entry.enclosures
        ],
    }
    return {name: value for name, value in fields.items() if value}


def _authors(authors: tuple[Author, ...]) -> list[dict[str, str]]:
    return [
        {"name": author.name, **({"url": author.url} if author.url else {})} for author in authors
    ]


def _instant(value: datetime) -> str:
    # strftime does not fill years before 1000 up on every system.
    return value.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
