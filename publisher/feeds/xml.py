"""RSS 2.0 and Atom 1.0 by feedgen, entry by entry, so that one that cannot be serialised harms only itself."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from publisher.feeds.corrections import correct_atom, correct_rss, write_references
from publisher.feeds.model import RenderedFeed
from publisher.models import Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedgen.entry import FeedEntry
    from feedgen.feed import FeedGenerator
    from lxml.etree import _Element

    from publisher.feeds.model import FeedDocument
    from publisher.models import Entry


def render_xml(document: FeedDocument) -> RenderedFeed:
    """Give an RSS or Atom document as UTF-8 bytes; the same document gives the same bytes."""
    from lxml import etree  # noqa: PLC0415 - loaded when a feed is written

    good, problems = _serialisable(document.entries)
    generator = _generator(document)
    for entry in good:
        _add(generator, entry)
    if document.format == "rss":
        root: _Element = generator._create_rss(extensions=True)[0]  # noqa: SLF001 - feedgen's only way to its tree
        correct_rss(root, document, good)
    else:
        # feedgen writes xmlns as a plain attribute; read back, its elements are in Atom's namespace.
        root = etree.fromstring(etree.tostring(generator._create_atom(extensions=True)[0]))  # noqa: SLF001 - our own bytes
        correct_atom(root, document, good)
    etree.indent(root, space="  ")
    data = write_references(etree.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"
    return RenderedFeed(data, tuple(problems))


def _serialisable(entries: Iterable[Entry]) -> tuple[list[Entry], list[Problem]]:
    """Try each entry alone: lxml refuses characters that XML forbids, feedgen empty titles."""
    from lxml import etree  # noqa: PLC0415

    good, problems = [], []
    for entry in entries:
        try:
            probe = etree.Element("probe")
            for text in (entry.id, entry.url, entry.title, entry.summary, entry.content or "", *entry.tags, *entry.categories):
                probe.text = text
            for author in entry.authors:
                probe.text = author.name
        except (ValueError, TypeError) as error:
            found = f"The post cannot be written into a feed: {error}"
            problems.append(Problem(entry.path, None, Level.ERROR, f"{found}; it was left out.", "Remove what XML forbids."))
        else:
            good.append(entry)
    return good, problems


def _generator(document: FeedDocument) -> FeedGenerator:
    from feedgen.feed import FeedGenerator  # noqa: PLC0415 - loaded when a feed is written

    generator = FeedGenerator()
    generator.load_extension("dc", atom=False, rss=True)
    generator.id(document.id or document.self_url)
    generator.title(document.title)
    generator.description(document.description or document.title)
    generator.subtitle(document.description or None)
    generator.language(document.language)
    generator.link(href=document.self_url, rel="self")
    generator.link(href=document.home_url, rel="alternate")
    generator.updated(document.updated.astimezone(UTC).replace(microsecond=0))
    generator.lastBuildDate(document.updated.astimezone(UTC).replace(microsecond=0))
    generator.generator("Publisher")
    generator.author([{"name": author.name} for author in document.authors] or {"name": document.title})
    if document.copyright:
        generator.rights(document.copyright)
    if document.image:
        generator.image(url=document.image, title=document.title, link=document.home_url)
        generator.logo(document.image)
    return generator


def _add(generator: FeedGenerator, entry: Entry) -> None:
    item: FeedEntry = generator.add_entry(order="append")
    item.id(entry.id)
    item.title(entry.title)
    item.link(href=entry.url, rel="alternate")
    item.published(entry.published.astimezone(UTC).replace(microsecond=0))
    item.updated(entry.updated.astimezone(UTC).replace(microsecond=0))
    if entry.summary:
        item.summary(entry.summary)
    if entry.content:
        item.content(entry.content, type="html")
    names = [author.name for author in entry.authors]
    if names:
        item.author([{"name": name} for name in names])
        item.dc.dc_creator(names)
    terms = dict.fromkeys([*entry.categories, *entry.tags])
    for term in terms:
        item.category(term=term)
