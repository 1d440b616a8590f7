"""``render``: one document in its format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.feeds.jsonfeed import render_json

if TYPE_CHECKING:
    from publisher.feeds.model import FeedDocument, RenderedFeed


def render(document: FeedDocument) -> RenderedFeed:
    """Give a document's bytes.

    Returns:
        The bytes, and a problem for each entry that could not be serialised and was left out.
    """
    if document.format == "json":
        return render_json(document)
    from publisher.feeds.xml import render_xml  # noqa: PLC0415 - lxml and feedgen load when a feed is written

    return render_xml(document)
