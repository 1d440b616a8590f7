"""The one place that mends what feedgen gets wrong, on its lxml tree.

Each rule is a trap that was measured.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from lxml.etree import _Element

    from publisher.feeds.models import FeedDocument
    from publisher.posts.models import Entry

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
XML = "http://www.w3.org/XML/1998/namespace"
_AMPERSAND, _LESS_THAN = "\ufdd0", "\ufdd1"
_LOOKS_LIKE_MARKUP = re.compile(r"&#?\w+;|</\w")
_CHANNEL_ORDER = (
    "title", "link", "description", f"{{{ATOM}}}link", "language", "copyright", "generator", "docs",
    "lastBuildDate", "image",
)  # fmt: skip


def correct_rss(root: _Element, document: FeedDocument) -> None:
    """Bring an RSS tree to the RSS Advisory Board's profile."""
    channel = root[0]
    # feedgen writes self alone here; the archive links of RFC 5005 never become any.
    for link in channel.findall(f"{{{ATOM}}}link"):
        channel.remove(link)
    _set(channel, "link", document.home_url)
    _set(channel, "title", _profile(document.title))
    _set(channel, "description", _profile(document.description or document.title))
    _archive_links(channel, document)
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
    _archive_links(root, document, at=place + len(links))
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


def _archive_links(parent: _Element, document: FeedDocument, at: int | None = None) -> None:
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
    return text.replace("&", _AMPERSAND).replace("<", _LESS_THAN)


def write_references(data: bytes) -> bytes:
    """Write marked characters as ``&#x26;`` and ``&#x3C;``.

    RSS profile: no reader then takes them for markup.
    """
    return data.replace(_AMPERSAND.encode(), b"&#x26;").replace(_LESS_THAN.encode(), b"&#x3C;")
