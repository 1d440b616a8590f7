"""The whole chain over real posts."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import feedparser
import pytest
from lxml import etree

from publisher.newsletter.issue import HoldReason, IssueState
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

SEED = "https://profmikegreene.com/2013/03/15/is-a-bigger-professional-network-always-better/"
CORPORA = [
    pytest.param("seed", "wordpress", id="seed"),
    pytest.param("wordpress", "wordpress", id="wordpress"),
    pytest.param("jekyll", "jekyll", id="jekyll"),
    pytest.param("hugo", "hugo", id="hugo"),
    pytest.param("pelican", "pelican", id="pelican"),
    pytest.param("eleventy", "eleventy", id="eleventy"),
]


def _copy(corpus: Path, name: str, site: Site) -> None:
    shutil.copytree(corpus / name, site.posts, dirs_exist_ok=True)
    for path in [site.posts, *site.posts.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize(("name", "pattern"), CORPORA)
def test_a_corpus_becomes_feeds_and_one_held_newsletter(
    corpus: Path, tmp_path: Path, name: str, pattern: str
) -> None:
    """No post is invalid, feeds read back, nothing is mailed, a second build changes no byte."""
    site = Site(tmp_path, pattern=pattern, zone="America/New_York")
    site.now = site.now.replace(year=2027)
    _copy(corpus, name, site)
    report = site.build()
    assert report.posts["invalid"] == 0
    assert report.posts["published"] > 0
    assert [(line.issue.state, line.issue.reason) for line in report.issues] == [
        (IssueState.HELD, HoldReason.FIRST_RUN)
    ]
    for path in sorted((tmp_path / "public").rglob("*.xml")):
        parsed = feedparser.parse(path.read_bytes())
        assert not parsed.bozo, path
        ids = [entry.id for entry in parsed.entries]
        assert len(ids) == len(set(ids)), path
        updated = [entry.updated for entry in parsed.entries]
        assert len(updated) == len(set(updated)), path
    before = site.bytes()
    site.later(hours=1)
    assert site.build().feeds.written == ()
    assert site.bytes() == before


@pytest.mark.parametrize(("name", "pattern"), CORPORA)
def test_the_three_formats_say_the_same(
    corpus: Path, tmp_path: Path, name: str, pattern: str
) -> None:
    """RSS, Atom and JSON carry the same ids, titles and addresses in the same order."""
    site = Site(tmp_path, pattern=pattern)
    site.now = site.now.replace(year=2027)
    _copy(corpus, name, site)
    site.build()
    public = tmp_path / "public"
    as_json = json.loads((public / "feed.json").read_bytes())
    told = [
        [(e.id, e.title, e.link) for e in feedparser.parse((public / f).read_bytes()).entries]
        for f in ("feed.xml", "atom.xml")
    ]
    wanted = [
        (item["id"], item["title"], item.get("external_url", item["url"]))
        for item in as_json["items"]
    ]
    assert [row[0] for row in told[0]] == [row[0] for row in wanted]
    assert [row[2] for row in told[0]] == [row[2] for row in wanted]
    assert told[0] == told[1]


def test_the_seed_becomes_one_entry_with_its_own_title_address_and_date(
    corpus: Path, tmp_path: Path
) -> None:
    """Folded title, permalink as id and link, local date in the site's zone, no-break spaces."""
    site = Site(tmp_path, url="https://profmikegreene.com", zone="America/New_York")
    _copy(corpus, "seed", site)
    report = site.build()
    root = etree.fromstring((tmp_path / "public" / "feed.xml").read_bytes())
    (item,) = root.findall("channel/item")
    assert item.findtext("title") == "Is a bigger professional network always better?"
    assert item.findtext("guid") == SEED
    assert item.findtext("link") == SEED
    assert item.findtext("pubDate") == "Fri, 15 Mar 2013 11:29:38 +0000"
    source = next(site.posts.iterdir()).read_text("utf-8")
    content = item.findtext("{http://purl.org/rss/1.0/modules/content/}encoded") or ""
    assert source.count("\u00a0") == content.count("\u00a0") + content.count("&nbsp;")
    assert [line.issue.reason for line in report.issues] == [HoldReason.FIRST_RUN]


def test_the_seed_published_from_a_draft_is_announced_once_whatever_its_date(
    corpus: Path, tmp_path: Path
) -> None:
    """The main case: known as ``published: false``, then ``published: true``.

    A further build changes no byte.
    """
    site = Site(tmp_path, url="https://profmikegreene.com", zone="America/New_York")
    source = next((corpus / "seed").iterdir())
    text = source.read_text("utf-8")
    site.write(source.name, text.replace("published: true", "published: false"))
    assert site.build().issues == ()
    site.later(days=3)
    site.write(source.name, text)
    report = site.build()
    assert [(line.issue.state, line.issue.reason) for line in report.issues] == [
        (IssueState.QUEUED, None)
    ]
    before = site.bytes()
    site.later(days=1)
    assert site.build().issues == ()
    assert site.bytes() == before
