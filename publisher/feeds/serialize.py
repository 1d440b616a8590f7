"""Documents from items.

An entry is serialised once for each format, and stands with the same bytes in every document it is
in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from publisher.errors import fault_of
from publisher.feeds.formats import FORMATS
from publisher.feeds.models import Item, RenderedFeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.feeds.models import FeedDocument
    from publisher.posts.models import Entry


_REMEMBERED = 500
"""Items kept in memory: a post that changes is in several documents among the same others, again
and again."""


def render(document: FeedDocument) -> RenderedFeed:
    """Return a document's bytes.

    Returns:
        The bytes, and a problem for each entry that could not be serialised and was left out.
    """
    return assemble(
        document,
        [render_item(entry, document.format, document.language) for entry in document.entries],
    )


@lru_cache(maxsize=_REMEMBERED)
def render_item(entry: Entry, kind: str, language: str) -> Item:
    """Serialise an entry alone, so that one that cannot be serialised harms only itself.

    Args:
        entry: What it says.
        kind: Key of the format.
        language: Of the documents; an entry in another one says so.
    """
    try:
        return FORMATS[kind].serializer().item(entry, language)
    except Exception as error:  # noqa: BLE001 - whatever a post raises is its own problem
        return Item(b"", fault_of(entry.path, "written into a feed", error))


def assemble(document: FeedDocument, items: Sequence[Item]) -> RenderedFeed:
    """Return a document's bytes with these items in the place of its entries.

    The same words give the same bytes.
    """
    good = [item.data for item in items if not item.problem]
    problems = tuple(item.problem for item in items if item.problem)
    return RenderedFeed(FORMATS[document.format].serializer().frame(document, good), problems)
