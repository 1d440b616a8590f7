"""Files that nobody meant to write: each is a post, or none, or wrong.

What is published is safe and valid, and nobody else is harmed.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.posts.dates import parse_date
from publisher.posts.models import FileKind, Post, SourceFile
from publisher.posts.parser import PostParser
from publisher.posts.permalinks import AddressRules as Addresses
from publisher.system.files import FileStat
from tests.end_to_end.site import Site
from tests.fuzz.written import AWKWARD, files
from tests.markup.bodies import BODIES
from tests.markup.judges import BAD_CHARACTERS, faults_of

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Adak", "Pacific/Kiritimati", "Asia/Kathmandu"]
)
PATTERNS = st.sampled_from(
    [
        "/{slug}/",
        "/{year}/{month}/{day}/{path}/{category}/{slug}.html",
        "jekyll",
        "hugo",
        "pelican",
        "wordpress",
    ]
)
DATE_PIECES = st.sampled_from(
    [
        "0000",
        "0001",
        "2020",
        "9999",
        "-",
        "/",
        "02",
        "30",
        "31",
        "T",
        " ",
        "24",
        ":",
        "60",
        ".5",
        "Z",
        "+99:99",
        "-12",
        "Feb",
        "Tue, ",
        "PM",
        "GMT",
    ]
)
DATES = st.one_of(
    st.sampled_from(AWKWARD),
    st.lists(DATE_PIECES, max_size=10).map("".join),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
)
ANCHOR = "---\ntitle: Anchor\ndate: 2020-01-02\n---\nStraße 世界 שלום 🚲\n"


@given(file=files(BODIES), zone=ZONES, pattern=PATTERNS)
@example(file=("a.md", b"+++\na = " + b"[" * 1100 + b"\n+++\n"), zone="UTC", pattern="jekyll")
@example(file=("a.md", b"+++\na = " + b"1" * 5000 + b"\n+++\n"), zone="UTC", pattern="jekyll")
@example(file=("a.md", b'{"a": ' + b"1" * 5000 + b"}"), zone="UTC", pattern="jekyll")
@example(file=("a.md", b'---\ntitle: "\\N"\n---\n'), zone="UTC", pattern="jekyll")
@example(file=("a.md", b'{"a": ' + b"[" * 1100 + b"}"), zone="UTC", pattern="jekyll")
@example(file=("a.md", b"---\na: {b: " + b"1" * 5000 + b"}\n---\n"), zone="UTC", pattern="jekyll")
def test_any_front_matter_is_a_post_or_none_or_wrong(
    file: tuple[str, bytes], zone: str, pattern: str
) -> None:
    """In every dialect, whole or mangled: never an exception.

    What is wrong is named with a cure, and no address leads elsewhere.

    The defences are the last ``except`` of ``_load_yaml``, ``_load_toml`` and ``_json`` in
    ``posts/front_matter.py``, and of line ends in titles what ``posts/titles.py:_WHITE`` takes
    for white space.
    """
    path, data = file
    reader = PostParser(Addresses("https://example.org", pattern), ZoneInfo(zone))
    reading = reader.read(SourceFile(path, FileStat(len(data), 1, 1), data))
    assert reading.kind in set(FileKind)
    assert reading.kind is not FileKind.INVALID or reading.problems
    assert all(
        problem.found and problem.cure and (problem.line or 1) >= 1 for problem in reading.problems
    )
    if reading.post is not None:
        _check(reading.post)


def _check(post: Post) -> None:
    assert post.title
    for text in (
        post.title,
        post.summary or "",
        *post.tags,
        *post.categories,
        *(author.name for author in post.authors),
    ):
        assert not BAD_CHARACTERS.search(text.replace("\ufffd", "")), repr(text)
        assert "\n" not in text
    for address in (post.url, post.external_url, post.image, *(one.url for one in post.enclosures)):
        assert address is None or address.startswith(("http://", "https://")), address
    assert "/../" not in post.url
    assert all(
        when is None or when.tzinfo is UTC for when in (post.published, post.modified, post.expires)
    )


@given(value=DATES, zone=ZONES)
@example(value="9999-12-31T23:59:59Z", zone="Europe/Berlin")
@example(value="0001-01-01T00:00:00Z", zone="America/Adak")
def test_any_date_is_an_instant_or_none_or_wrong(value: object, zone: str) -> None:
    """ValueError for what looks like a date and is none.

    An instant can be shown in the site's zone.

    The defence is the way through that zone in ``posts/dates.py:_to_utc``: the last hours of the
    year 9999 ended a build.
    """
    try:
        moment = parse_date(value, ZoneInfo(zone))
    except ValueError:
        return
    if moment is not None:
        assert moment.instant.tzinfo is UTC
        assert moment.instant.astimezone(ZoneInfo(zone)).tzinfo == ZoneInfo(zone)
        assert "\n" not in moment.written


@given(
    when=st.datetimes(datetime.fromisoformat("1000-01-01"), datetime.fromisoformat("9998-01-01")),
    zone=ZONES,
)
def test_a_date_that_was_written_is_the_date_that_is_read(when: datetime, zone: str) -> None:
    """In ISO 8601, with or without a zone, to the microsecond.

    Seen to fail where ``posts/dates.py`` drops an offset that is written, and where what has none
    is not meant in the site's zone.
    """
    meant = when.replace(tzinfo=ZoneInfo(zone))
    for text in (when.isoformat(), when.isoformat(" "), meant.astimezone(UTC).isoformat()):
        moment = parse_date(text, ZoneInfo(zone))
        assert moment is not None
        assert moment.instant == meant.astimezone(UTC)


@settings(max_examples=settings().max_examples // 15)
@given(folder=st.lists(files(BODIES), min_size=1, max_size=8))
def test_any_folder_becomes_valid_feeds(folder: list[tuple[str, bytes]]) -> None:
    """A real build of a real folder.

    The good post is in every feed as it was written, and every feed is valid and safe.

    The defence is that ``markup/render.py:render`` lets nothing pass that ``clean`` did not.
    """
    with tempfile.TemporaryDirectory() as name:
        site = Site(Path(name), zone="Europe/Berlin", more="[feeds]\nentries = 100\n")
        site.write("anchor.md", ANCHOR)
        for number, (path, data) in enumerate(folder):
            target = site.posts / f"{number}-{path}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        site.build()
        before = site.bytes()
        _check_feeds(Path(name) / "public")
        site.build()
        assert site.bytes() == before


def _check_feeds(public: Path) -> None:
    for path in public.rglob("*"):
        if path.suffix == ".xml":
            etree.fromstring(path.read_bytes())
            assert not feedparser.parse(path.read_bytes()).bozo, path
        elif path.suffix == ".json":
            for item in json.loads(path.read_text("utf-8"))["items"]:
                html = item.get("content_html", "")
                assert faults_of(html) == [], html
    found = {
        item["title"]: item.get("content_html")
        for item in json.loads((public / "feed.json").read_text("utf-8"))["items"]
    }
    assert "Straße 世界 שלום 🚲" in found["Anchor"]
