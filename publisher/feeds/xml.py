"""What RSS and Atom share: feedgen's feed and entry, archive links, the bytes of a tree."""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from publisher.errors import Level, Problem
from publisher.feeds.models import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml.etree import _Element

    from publisher.feeds.models import FeedDocument
    from publisher.posts.models import Entry


_REMEMBERED = 50
"""A document's entries, until those of the other format are made of them too."""


def generator_of(document: FeedDocument) -> FeedGenerator:
    """Return feedgen's feed without entries; its trees of RSS and Atom are made of it."""
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
def entry_of(entry: Entry) -> FeedEntry:
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


ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
XML = "http://www.w3.org/XML/1998/namespace"
AMPERSAND, LESS_THAN = "\ufdd0", "\ufdd1"


def add_archive_links(parent: _Element, document: FeedDocument, at: int | None = None) -> None:
    """Add RFC 5005's links (in RSS by ``atom:link``), and ``self`` to RSS."""
    archive = document.archive
    links = [("self", document.self_url)] if document.format == "rss" else []
    if archive is not None:
        found = (
            ("current", archive.current),
            ("prev-archive", archive.previous),
            ("next-archive", archive.following),
        )
        links += [(rel, href) for rel, href in found if href]
    kind = "application/rss+xml" if document.format == "rss" else "application/atom+xml"
    for offset, (rel, href) in enumerate(links):
        link = etree.Element(f"{{{ATOM}}}link", rel=rel, href=href, type=kind)
        parent.insert(at + offset if at is not None else len(parent), link)
    if archive is not None and archive.is_archive and document.format == "atom":
        parent.insert(
            (at or 0) + len(links), etree.Element(f"{{{HISTORY}}}archive", nsmap={"fh": HISTORY})
        )


def write_references(data: bytes) -> bytes:
    """Write marked characters as ``&#x26;`` and ``&#x3C;``.

    RSS profile: no reader then takes them for markup.
    """
    return data.replace(AMPERSAND.encode(), b"&#x26;").replace(LESS_THAN.encode(), b"&#x3C;")


def item_of(entry: Entry, made: Callable[[FeedEntry], _Element], opens: bytes, end: bytes) -> Item:
    """Return an entry as it stands in a document, with its indentation and line end.

    Args:
        entry: What it says.
        made: Makes a document of feedgen's entry that has nothing but this one.
        opens: How the entry begins, indented.
        end: What closes the document behind it.
    """
    try:
        root = made(entry_of(entry))
    # lxml refuses characters that XML forbids, feedgen what lacks a title.
    except (ValueError, TypeError) as error:
        found = f"The post cannot be written into a feed: {error}; it was left out."
        return Item(b"", Problem(entry.path, None, Level.ERROR, found, "Remove what XML forbids."))
    etree.indent(root, space="  ")
    data = etree.tostring(root, encoding="UTF-8") + b"\n"
    return Item(write_references(data[data.index(opens) : -len(end)]))


def frame_of(root: _Element, items: Sequence[bytes], end: bytes) -> bytes:
    """Return a document as UTF-8 bytes: its tree, and its entries before what closes it."""
    etree.indent(root, space="  ")
    data = write_references(etree.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"
    return b"".join((data.removesuffix(end), *items, end))
