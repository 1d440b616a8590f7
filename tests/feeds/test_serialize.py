"""Feed documents, read back by the programs that readers use."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import feedparser
import pytest
import reader
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from publisher.feeds.archives import archive_pages
from publisher.feeds.layout import term_slug
from publisher.feeds.models import Archive, FeedDocument
from publisher.feeds.opml import render_opml
from publisher.feeds.serialize import render, render_item
from publisher.posts.models import Author, Enclosure, Entry

if TYPE_CHECKING:
    from pathlib import Path


DAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SELF = "https://example.org/feed"
ENTRY = Entry(
    id="tag:example.org,2026-03-02:a",
    url="https://example.org/a/",
    page_url="https://example.org/a/",
    title="Tea & <storms>",
    published=DAY,
    updated=DAY + timedelta(hours=1),
    summary="A summary with 1 < 2 & more.",
    content='<p>Wörds &amp; <a href="https://example.org/x">links</a></p>',
    authors=(Author("Ada"), Author("Bob", None, "https://bob.example")),
    tags=("tea",),
    categories=("Notes",),
    image="https://example.org/i.png",
    enclosures=(
        Enclosure("https://example.org/a.mp3", 7, "audio/mpeg"),
        Enclosure("https://example.org/b.mp3", 8, "audio/mpeg"),
    ),
    path="a.md",
)
OTHER = replace(
    ENTRY,
    id="urn:b",
    url="https://example.org/b/",
    title="Second",
    updated=DAY,
    language="de",
    enclosures=(),
    authors=(),
)
XML = pytest.mark.parametrize("kind", ["rss", "atom"])
ALL = pytest.mark.parametrize("kind", ["rss", "atom", "json"])


def _document(kind: str, *entries: Entry, **changes: object) -> FeedDocument:
    base = FeedDocument(
        kind,
        "Site & <Co>",
        "About",
        "https://example.org/",
        SELF,
        "en",
        DAY,
        entries,
        (Author("Owner"),),
        "CC",
        "https://example.org/l.png",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@XML
def test_feedparser_reads_back_what_was_written(kind: str) -> None:
    """Titles, ids, dates, content, links, authors, terms."""
    parsed = feedparser.parse(render(_document(kind, ENTRY, OTHER)).data)
    assert not parsed.bozo
    assert parsed.feed.title in {"Site & <Co>", "Site &amp; &lt;Co&gt;"}
    first, second = parsed.entries
    assert (first.id, first.link, first.title) == (ENTRY.id, ENTRY.url, ENTRY.title)
    assert first.published_parsed[:6] == (2026, 3, 2, 8, 0, 0)
    assert first.updated_parsed[:6] == (2026, 3, 2, 9, 0, 0)
    assert first.content[0].value == ENTRY.content
    assert {tag.term for tag in first.tags} == {"tea", "Notes"}
    assert len(first.enclosures) == (1 if kind == "rss" else 2)
    assert [author.name for author in first.authors] == ["Ada", "Bob"]
    assert second.title == "Second"


@XML
def test_the_reader_library_reads_back_what_was_written(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real feed reader, from a file, with its own storage."""
    # reader carries an older feedparser, which still asks for sgmllib by the name it had in Python
    # 2.
    monkeypatch.setitem(sys.modules, "sgmllib", importlib.import_module("feedparser_sgmllib"))
    path = tmp_path / "feed.xml"
    path.write_bytes(render(_document(kind, ENTRY, OTHER)).data)
    with reader.make_reader(":memory:", feed_root="") as library:
        library.add_feed(str(path))
        library.update_feeds()
        entries = {entry.id: entry for entry in library.get_entries()}
    assert set(entries) == {ENTRY.id, OTHER.id}
    read = entries[ENTRY.id]
    assert (read.title, read.link) == (ENTRY.title, ENTRY.url)
    assert (read.published, read.updated) == (ENTRY.published, ENTRY.updated)
    assert read.content[0].value == ENTRY.content


def test_json_feed_says_the_same() -> None:
    """JSON Feed 1.1 with its required members and RFC 3339 dates."""
    feed = json.loads(
        render(_document("json", ENTRY, replace(OTHER, url="https://elsewhere.example/b"))).data
    )
    assert (feed["version"], feed["feed_url"]) == ("https://jsonfeed.org/version/1.1", SELF)
    first, second = feed["items"]
    assert (first["id"], first["content_html"], first["date_modified"]) == (
        ENTRY.id,
        ENTRY.content,
        "2026-03-02T09:00:00Z",
    )
    assert [item["size_in_bytes"] for item in first["attachments"]] == [7, 8]
    assert (second["external_url"], second["language"]) == ("https://elsewhere.example/b", "de")


@ALL
def test_the_same_document_gives_the_same_bytes(kind: str) -> None:
    """No clock, no order of a set."""
    assert render(_document(kind, ENTRY, OTHER)).data == render(_document(kind, ENTRY, OTHER)).data


@ALL
def test_a_feed_without_entries_is_valid(kind: str) -> None:
    """A tag that lost its posts keeps its address."""
    data = render(_document(kind)).data
    assert (
        json.loads(data)["items"] == [] if kind == "json" else feedparser.parse(data).bozo is False
    )


@ALL
@pytest.mark.parametrize("bad", ["\ud800", "\x00", "\x0b", "\ufffe"])
def test_an_entry_that_cannot_be_serialised_is_left_out_with_a_problem(kind: str, bad: str) -> None:
    """One character must not kill the whole feed."""
    rendered = render(_document(kind, replace(ENTRY, title=f"bad {bad}"), OTHER))
    json_carries_it = kind == "json" and bad != "\ud800"
    assert [problem.path for problem in rendered.problems] == ([] if json_carries_it else ["a.md"])
    assert b"Second" in rendered.data
    assert b"urn:b" in rendered.data


@XML
@given(title=st.text(min_size=1, max_size=60), text=st.text(max_size=80))
def test_any_text_is_written_whole_or_left_out(kind: str, title: str, text: str) -> None:
    """Well-formed XML whatever the words; what XML allows comes back as it was."""
    rendered = render(_document(kind, replace(ENTRY, title=title, summary=text), OTHER))
    root = etree.fromstring(rendered.data)
    assert len(root.findall(".//{*}item" if kind == "rss" else "{*}entry")) == 2 - len(
        rendered.problems
    )


def test_rss_guids_say_honestly_whether_they_are_addresses() -> None:
    """``isPermaLink`` only where the id is the page."""
    pages = [replace(ENTRY, id=ENTRY.url), OTHER]
    items = etree.fromstring(render(_document("rss", *pages)).data).findall("channel/item/guid")
    assert [guid.get("isPermaLink") for guid in items] == ["true", "false"]


def test_rss_plain_text_uses_hexadecimal_references() -> None:
    """RSS profile: no reader takes a title for markup."""
    assert b"<title>Tea &#x26; &#x3C;storms&gt;</title>" in render(_document("rss", ENTRY)).data


@XML
def test_archives_link_to_their_neighbours(kind: str) -> None:
    """RFC 5005: current, prev-archive, next-archive, and ``fh:archive`` in archives only."""
    place = Archive(
        is_archive=True, current="https://c", previous="https://p", following="https://n"
    )
    root = etree.fromstring(render(_document(kind, ENTRY, archive=place)).data)
    links = {
        link.get("rel"): link.get("href")
        for link in root.iter("{http://www.w3.org/2005/Atom}link")
        if link.getparent().tag != "{*}entry"
    }
    assert (links["current"], links["prev-archive"], links["next-archive"]) == (
        "https://c",
        "https://p",
        "https://n",
    )
    assert len(list(root.iter("{http://purl.org/syndication/history/1.0}archive"))) == 1
    plain = etree.fromstring(
        render(_document(kind, ENTRY, archive=Archive(is_archive=False, previous="https://p"))).data
    )
    assert not list(plain.iter("{http://purl.org/syndication/history/1.0}archive"))


@given(count=st.integers(0, 500), size=st.integers(1, 50))
def test_every_entry_is_in_an_archive_or_in_the_subscription_document(
    count: int, size: int
) -> None:
    """And a full document keeps its entries when more are written."""
    pages = archive_pages(count, size)
    archived = {index for page in pages for index in range(page.start, page.stop)}
    newest = set(range(max(count - size, 0), count))
    assert archived | newest == set(range(count))
    assert archive_pages(count + 1, size)[: len(pages)] == pages


@pytest.mark.parametrize(
    ("name", "taken", "wanted"),
    [
        ("Éclair au café", (), "éclair-au-café"),
        ("日本", (), "日本"),
        ("C++", (), "c-"),
        ("C#", (), "c-"),
        ("!!!", (), ""),
        ("Tea", ("tea",), "tea-"),
    ],
)
def test_term_slugs_keep_letters_and_never_collide(
    name: str, taken: tuple[str, ...], wanted: str
) -> None:
    """Symbols that are lost, or a path that is taken, add six hex digits of the name's hash."""
    slug = term_slug(name, taken)
    assert slug.startswith(wanted)
    assert slug == wanted or len(slug) == len(wanted) + 6
    assert slug not in taken


@given(st.text(min_size=1, max_size=200))
def test_term_slugs_are_safe_path_parts(name: str) -> None:
    """Whatever a tag is called, its folder is below ours."""
    slug = term_slug(name, ())
    assert slug
    assert not set(slug) & set("/\\\0.")
    assert len(slug.encode()) <= 80


def test_opml_lists_every_feed() -> None:
    """OPML 2.0, readable by any XML parser."""
    root = etree.fromstring(
        render_opml("A & B", [("T <x>", "https://example.org/f?a=1&b=2", "https://example.org/")])
    )
    assert root.find("body/outline").attrib == {
        "type": "rss",
        "text": "T <x>",
        "title": "T <x>",
        "xmlUrl": "https://example.org/f?a=1&b=2",
        "htmlUrl": "https://example.org/",
    }


@ALL
def test_an_entry_has_the_same_bytes_in_every_document(kind: str) -> None:
    """Serialised once, it stands in the site's feed, in those of its terms and in the archive."""
    item = render_item(ENTRY, kind, "en").data
    assert item
    for document in (
        _document(kind, ENTRY, OTHER),
        _document(kind, OTHER, ENTRY, title="Another", archive=Archive(is_archive=True)),
    ):
        assert render(document).data.count(item) == 1


@XML
def test_an_entry_that_feedgen_refuses_harms_only_itself(kind: str) -> None:
    """Without a title: the others are written, and the problem names the post."""
    made = render(_document(kind, replace(ENTRY, title="", path="bad.md"), OTHER))
    assert [entry.title for entry in feedparser.parse(made.data).entries][-1] == "Second"
    assert {problem.path for problem in made.problems} <= {"bad.md"}
