"""RSS 2.0: feedgen's tree, brought to the RSS Advisory Board's profile.

The one place that mends what feedgen gets wrong in RSS; each rule is a trap that was measured.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree

from publisher.feeds.xml import (
    AMPERSAND,
    ATOM,
    CONTENT,
    DC,
    HISTORY,
    LESS_THAN,
    add_archive_links,
    frame_of,
    generator_of,
    item_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedgen.entry import FeedEntry
    from lxml.etree import _Element

    from publisher.feeds.models import FeedDocument, Item
    from publisher.posts.models import Entry


_CHANNEL_ORDER = (
    "title", "link", "description", f"{{{ATOM}}}link", "language", "copyright", "generator", "docs",
    "lastBuildDate", "image",
)  # fmt: skip


_END = b"  </channel>\n</rss>\n"


def item(entry: Entry, language: str) -> Item:
    """Return an entry as it stands in a document."""
    del language  # RSS has no language of an item.
    return item_of(entry, lambda made: _rss_item(made, entry), b"    <item", _END)


def frame(document: FeedDocument, items: Sequence[bytes]) -> bytes:
    """Return a document as UTF-8 bytes."""
    # feedgen's only way to its tree
    root: _Element = generator_of(document)._create_rss(extensions=True)[0]  # noqa: SLF001
    correct_rss(root, document)
    return frame_of(root, items, _END)


def correct_rss(root: _Element, document: FeedDocument) -> None:
    """Bring an RSS tree to the RSS Advisory Board's profile."""
    channel = root[0]
    # feedgen writes self alone here; the archive links of RFC 5005 never become any.
    for link in channel.findall(f"{{{ATOM}}}link"):
        channel.remove(link)
    _set(channel, "link", document.home_url)
    _set(channel, "title", _profile(document.title))
    _set(channel, "description", _profile(document.description or document.title))
    add_archive_links(channel, document)
    for stray in channel.findall(f"{{{DC}}}creator"):
        channel.remove(stray)
    image_title = channel.find("image/title")
    if image_title is not None:
        image_title.text = _profile(document.title)
    order = {tag: place for place, tag in enumerate(_CHANNEL_ORDER)}
    channel[:] = sorted(channel, key=lambda child: order.get(str(child.tag), len(order)))
    if document.archive is not None and document.archive.is_archive:
        etree.SubElement(channel, f"{{{HISTORY}}}archive", nsmap={"fh": HISTORY})


def correct_item(item: _Element, entry: Entry) -> None:
    """Order and mend one item.

    It gets a plain title, its description before its content, one creator each, one enclosure, and
    an honest guid.
    """
    # feedgen's order is its own, and the profile's advice (description before content) needs all of
    # them anew.
    for child in list(item):
        item.remove(child)
    _add(item, "title", _profile(entry.title))
    _add(item, "link", entry.url)
    if entry.summary or not entry.content:
        _add(item, "description", html.escape(entry.summary or entry.title, quote=False))
    if entry.content:
        _add(item, f"{{{CONTENT}}}encoded", entry.content)
    for author in entry.authors:
        _add(item, f"{{{DC}}}creator", author.name)
    for term in dict.fromkeys([*entry.categories, *entry.tags]):
        _add(item, "category", term)
    if entry.enclosures:
        # One only: readers of RSS take the first or the last of several as they please (RSS
        # profile).
        first = entry.enclosures[0]
        etree.SubElement(
            item, "enclosure", url=first.url, length=str(first.length), type=first.type
        )
    # A guid that claims to be an address is opened by readers: adopted ids and tag URIs are none.
    permanent = entry.id == entry.url and entry.id.startswith(("http://", "https://"))
    _add(item, "guid", entry.id).set("isPermaLink", "true" if permanent else "false")
    _add(
        item,
        "pubDate",
        # strftime writes years before 1000 with fewer digits, which RFC 822 dates do not have.
        entry.published.strftime("%a, %d %b ")
        + f"{entry.published.year:04d}"
        + entry.published.strftime(" %H:%M:%S +0000"),
    )
    _add(item, f"{{{ATOM}}}updated", entry.updated.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _set(parent: _Element, tag: str, text: str) -> None:
    found = parent.find(tag)
    (found if found is not None else etree.SubElement(parent, tag)).text = text


def _add(parent: _Element, tag: str, text: str) -> _Element:
    child = etree.SubElement(parent, tag)
    child.text = text
    return child


def _profile(text: str) -> str:
    """Mark ``&`` and ``<`` of plain text, to be written as the RSS profile asks.

    Posts cannot hold these noncharacters.
    """
    return text.replace("&", AMPERSAND).replace("<", LESS_THAN)


_NAMES = {"atom": ATOM, "content": CONTENT, "dc": DC}
"""As feedgen declares them at the root of RSS."""


def _rss_item(item: FeedEntry, entry: Entry) -> _Element:
    """Return a document that has nothing but this item."""
    root = etree.Element("rss", nsmap=_NAMES)
    made: _Element = item.rss_entry(extensions=True)
    etree.SubElement(root, "channel").append(made)
    correct_item(made, entry)
    return root
