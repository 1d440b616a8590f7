"""Atom 1.0: feedgen's tree, brought to RFC 4287.

The one place that mends what feedgen gets wrong in Atom; each rule is a trap that was measured.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lxml import etree

from publisher.feeds.xml import ATOM, XML, add_archive_links, frame_of, generator_of, item_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feedgen.entry import FeedEntry
    from lxml.etree import _Element

    from publisher.feeds.models import FeedDocument, Item
    from publisher.posts.models import Entry


_LOOKS_LIKE_MARKUP = re.compile(r"&#?\w+;|</\w")


_END = b"</feed>\n"


def item(entry: Entry, language: str) -> Item:
    """Return an entry as it stands in a document."""
    return item_of(entry, lambda made: _atom_entry(made, entry, language), b"  <entry", _END)


def frame(document: FeedDocument, items: Sequence[bytes]) -> bytes:
    """Return a document as UTF-8 bytes."""
    # feedgen writes xmlns as a plain attribute; read back, its elements are in Atom's namespace.
    written = etree.tostring(generator_of(document)._create_atom(extensions=True)[0])  # noqa: SLF001
    root = etree.fromstring(written)
    correct_atom(root, document)
    return frame_of(root, items, _END)


def correct_atom(root: _Element, document: FeedDocument) -> None:
    """Bring an Atom tree to RFC 4287: typed links."""
    root.set(f"{{{XML}}}lang", document.language)
    # feedgen writes neither type nor length, and gives enclosures the rel of a second alternate.
    for link in root.findall(f"{{{ATOM}}}link"):
        root.remove(link)
    place = [child.tag for child in root].index(f"{{{ATOM}}}updated") + 1
    links = [
        ("alternate", document.home_url, "text/html"),
        ("self", document.self_url, "application/atom+xml"),
    ]
    for offset, (rel, href, kind) in enumerate(links):
        link = etree.Element(f"{{{ATOM}}}link", rel=rel, href=href, type=kind)
        root.insert(place + offset, link)
    add_archive_links(root, document, at=place + len(links))
    # An icon is to be square and small (RFC 4287, 4.2.5); the site's picture need not be.
    icon = root.find(f"{{{ATOM}}}icon")
    if icon is not None:
        root.remove(icon)


def correct_entry(element: _Element, entry: Entry, language: str) -> None:
    """Mend one entry.

    It gets a typed link, enclosures that keep their rel, and its language where it differs from the
    document's.
    """
    if entry.language and entry.language.lower() != language.lower():
        element.set(f"{{{XML}}}lang", entry.language)
    for link in element.findall(f"{{{ATOM}}}link"):
        element.remove(link)
    etree.SubElement(element, f"{{{ATOM}}}link", rel="alternate", href=entry.url, type="text/html")
    for enclosure in entry.enclosures:
        attributes = {
            "rel": "enclosure",
            "href": enclosure.url,
            "length": str(enclosure.length),
            "type": enclosure.type,
        }
        etree.SubElement(element, f"{{{ATOM}}}link", attributes)
    for author, given in zip(element.findall(f"{{{ATOM}}}author"), entry.authors, strict=False):
        if given.url and given.url.startswith(("http://", "https://")):
            uri = etree.SubElement(author, f"{{{ATOM}}}uri")
            uri.text = given.url
    # Some readers decode references in plain text, too; as html the words mean the same to all of
    # them.
    for plain in (element.find(f"{{{ATOM}}}title"), element.find(f"{{{ATOM}}}summary")):
        if plain is not None and plain.text and _LOOKS_LIKE_MARKUP.search(plain.text):
            plain.set("type", "html")
            plain.text = html.escape(plain.text, quote=False)
    summary, content = element.find(f"{{{ATOM}}}summary"), element.find(f"{{{ATOM}}}content")
    if summary is None and content is None:
        # An entry without content must have a summary or an alternate link (RFC 4287, 4.1.2); many
        # readers show nothing without the first.
        fallback = etree.SubElement(element, f"{{{ATOM}}}summary")
        fallback.text = entry.title


def _atom_entry(item: FeedEntry, entry: Entry, language: str) -> _Element:
    """Return a document that has nothing but this entry."""
    root = etree.Element("feed", nsmap={None: ATOM})
    made: _Element = item.atom_entry(extensions=True)
    for element in made.iter():
        element.tag = f"{{{ATOM}}}{element.tag}"
    root.append(made)
    correct_entry(made, entry, language)
    return root
