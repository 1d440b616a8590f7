"""RSS 2.0 and Atom 1.0 by feedgen: each entry alone, then the document around them."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from publisher.errors import Level, Problem
from publisher.feeds.corrections import (
    ATOM,
    CONTENT,
    DC,
    correct_atom,
    correct_entry,
    correct_item,
    correct_rss,
    write_references,
)
from publisher.feeds.models import Item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element

    from publisher.feeds.models import FeedDocument
    from publisher.posts.models import Entry

_NAMES = {"atom": ATOM, "content": CONTENT, "dc": DC}
"""As feedgen declares them at the root of RSS."""
_REMEMBERED = 50
"""A document's entries, until those of the other format are made of them too."""
_ENDS = {"rss": b"  </channel>\n</rss>\n", "atom": b"</feed>\n"}


def xml_item(entry: Entry, kind: str, language: str) -> Item:
    """Return an entry as it stands in a document, with its indentation and line end."""
    try:
        made = _entry(entry)
        root = _rss_item(made, entry) if kind == "rss" else _atom_entry(made, entry, language)
    except (
        ValueError,
        TypeError,
    ) as error:  # lxml refuses characters that XML forbids, feedgen what lacks a title
        found = f"The post cannot be written into a feed: {error}; it was left out."
        return Item(b"", Problem(entry.path, None, Level.ERROR, found, "Remove what XML forbids."))
    etree.indent(root, space="  ")
    data = etree.tostring(root, encoding="UTF-8") + b"\n"
    start, end = data.index(b"  <entry" if kind == "atom" else b"    <item"), -len(_ENDS[kind])
    return Item(write_references(data[start:end]))


def xml_frame(document: FeedDocument, items: Sequence[bytes]) -> bytes:
    """Return an RSS or Atom document as UTF-8 bytes."""
    generator = _generator(document)
    if document.format == "rss":
        # Feedgen's only way to its tree
        root: _Element = generator._create_rss(extensions=True)[0]  # noqa: SLF001
        correct_rss(root, document)
    else:
        # feedgen writes xmlns as a plain attribute; read back, its elements are in Atom's
        # namespace.
        written = etree.tostring(generator._create_atom(extensions=True)[0])  # noqa: SLF001
        # Our own bytes
        root = etree.fromstring(written)
        correct_atom(root, document)
    etree.indent(root, space="  ")
    data = write_references(etree.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"
    end = _ENDS[document.format]
    return b"".join((data.removesuffix(end), *items, end))


def _generator(document: FeedDocument) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("dc", DcExtension, DcEntryExtension, atom=False, rss=True)
    generator.id(document.id or document.self_url)
    generator.title(document.title)
    generator.description(document.description or document.title)
    generator.subtitle(document.description or None)
    generator.language(document.language)
    generator.link(href=document.self_url, rel="self")
    # Last, because feedgen writes as channel link of RSS whichever link was set last, whatever its
    # rel.
    generator.link(href=document.home_url, rel="alternate")
    generator.updated(document.updated.astimezone(UTC).replace(microsecond=0))
    # feedgen's own default is the clock: the bytes would differ in every round.
    generator.lastBuildDate(document.updated.astimezone(UTC).replace(microsecond=0))
    generator.generator("Publisher")
    generator.author(
        # Atom asks for an author of the feed where an entry has none (RFC 4287, 4.1.1).
        [{"name": author.name} for author in document.authors] or {"name": document.title}
    )
    if document.copyright:
        generator.rights(document.copyright)
    if document.image:
        generator.image(url=document.image, title=document.title, link=document.home_url)
        generator.logo(document.image)
    return generator


# feedgen's entry is made once and serves both RSS and Atom.
@lru_cache(maxsize=_REMEMBERED)
def _entry(entry: Entry) -> FeedEntry:
    """Make feedgen's entry, which gives an item of RSS and an entry of Atom."""
    item = FeedEntry()
    item.register_extension("dc", DcEntryExtension, atom=False, rss=True)
    item.id(entry.id)
    item.title(entry.title)
    item.link(href=entry.url, rel="alternate")
    item.published(entry.published.astimezone(UTC).replace(microsecond=0))
    item.updated(entry.updated.astimezone(UTC).replace(microsecond=0))
    if entry.summary:
        # Not description(): after content() it would overwrite Atom's content.
        item.summary(entry.summary)
    if entry.content:
        # feedgen's CDATA is no type that Atom knows, and its xhtml fails on named entities.
        item.content(entry.content, type="html")
    names = [author.name for author in entry.authors]
    if names:
        item.author([{"name": name} for name in names])
        # feedgen leaves out of RSS every author without an e-mail address, and we publish none.
        item.dc.dc_creator(names)
    terms = dict.fromkeys([*entry.categories, *entry.tags])
    for term in terms:
        item.category(term=term)
    return item


def _rss_item(item: FeedEntry, entry: Entry) -> _Element:
    """Return a document that has nothing but this item."""
    root = etree.Element("rss", nsmap=_NAMES)
    made: _Element = item.rss_entry(extensions=True)
    etree.SubElement(root, "channel").append(made)
    correct_item(made, entry)
    return root


def _atom_entry(item: FeedEntry, entry: Entry, language: str) -> _Element:
    """Return a document that has nothing but this entry."""
    root = etree.Element("feed", nsmap={None: ATOM})
    made: _Element = item.atom_entry(extensions=True)
    for element in made.iter():
        element.tag = f"{{{ATOM}}}{element.tag}"
    root.append(made)
    correct_entry(made, entry, language)
    return root
