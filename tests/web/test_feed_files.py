"""The public folder over HTTP, as feed readers and browsers ask for it."""

from __future__ import annotations

import gzip
import hashlib
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import brotli
import pytest

from publisher.newsletter.store import IssueStore
from tests.web.served import Served

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def feeds(served: Served) -> Path:
    """A site with a post, built; gives its public folder."""
    served.site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\ntags: [Café]\n---\nWords of A.\n")
    served.site.build()
    return served.site.folder / "public"


def _get(served: Served, path: str, **headers: str) -> httpx.Response:
    return served.client.get(
        path,
        headers={**PLAIN, **{name.replace("_", "-"): value for name, value in headers.items()}},
    )


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/tags/caf%C3%A9/atom.xml", "application/atom+xml; charset=utf-8"),
    ],
)
def test_feeds_have_their_own_types_and_name_themselves(
    served: Served, feeds: Path, path: str, kind: str
) -> None:
    """Content-Type with its charset, and ``Link: rel=self`` with the address readers know."""
    assert feeds.exists()
    answer = _get(served, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["link"] == f'<https://example.org{path}>; rel="self"'
    assert "max-age" in answer.headers["cache-control"]


def test_an_unchanged_feed_costs_a_304(served: Served, feeds: Path) -> None:
    """By strong ETag or by date; the ETag is of the bytes, and changes with them only."""
    first = _get(served, "/feed.xml")
    data = (feeds / "feed.xml").read_bytes()
    assert first.content == data
    assert first.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    for headers in (
        {"If-None-Match": first.headers["etag"]},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = served.client.get("/feed.xml", headers={**PLAIN, **headers})
        assert (again.status_code, again.content, again.headers["etag"]) == (
            304,
            b"",
            first.headers["etag"],
        )
    stale = {"If-None-Match": '"other"', "If-Modified-Since": first.headers["last-modified"]}
    assert served.client.get("/feed.xml", headers={**PLAIN, **stale}).status_code == 200, (
        "If-None-Match decides when it is there"
    )
    assert _get(served, "/feed.xml", If_Modified_Since="no date at all").status_code == 200
    assert parsedate_to_datetime(first.headers["last-modified"]).timestamp() == int(
        (feeds / "feed.xml").stat().st_mtime
    )
    served.site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nOther words.\n")
    served.site.build()
    assert _get(served, "/feed.xml", If_None_Match=first.headers["etag"]).status_code == 200


def test_head_says_what_get_would(served: Served, feeds: Path) -> None:
    """The same headers, no body."""
    assert feeds.exists()
    get, head = _get(served, "/feed.xml"), served.client.head("/feed.xml", headers=PLAIN)
    assert head.content == b""
    for name in ("content-length", "content-type", "etag", "last-modified"):
        assert head.headers[name] == get.headers[name]


def test_feeds_come_compressed_to_who_can_read_it(served: Served, feeds: Path) -> None:
    """Brotli before gzip, each with an ETag of its own; ``q=0`` refuses."""
    data = (feeds / "feed.xml").read_bytes()
    with served.client.stream(
        "GET", "/feed.xml", headers={"Accept-Encoding": "gzip, br"}
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert (answer.headers["content-encoding"], brotli.decompress(raw)) == ("br", data)
        tag = answer.headers["etag"]
    with served.client.stream(
        "GET", "/feed.xml", headers={"Accept-Encoding": "gzip;q=1.0, br;q=0"}
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert (answer.headers["content-encoding"], gzip.decompress(raw)) == ("gzip", data)
        assert answer.headers["etag"] != tag
        assert answer.headers["vary"] == "Accept-Encoding"
    again = served.client.get("/feed.xml", headers={"Accept-Encoding": "br", "If-None-Match": tag})
    assert again.status_code == 304


def test_ranges_are_given_as_asked(served: Served, feeds: Path) -> None:
    """One range; a wrong one is refused, several or stale ones get everything."""
    data = (feeds / "feed.xml").read_bytes()
    size = len(data)
    for asked, wanted in (
        ("bytes=0-9", data[:10]),
        ("bytes=10-", data[10:]),
        ("bytes=-5", data[-5:]),
        (f"bytes=5-{size * 2}", data[5:]),
    ):
        answer = _get(served, "/feed.xml", Range=asked)
        assert (answer.status_code, answer.content) == (206, wanted), asked
        assert answer.headers["content-range"].endswith(f"/{size}")
    assert _get(served, "/feed.xml", Range=f"bytes={size}-").status_code == 416
    for asked in ("bytes=0-1,4-5", "bytes=x-y", "lines=1-2", "bytes="):
        assert _get(served, "/feed.xml", Range=asked).content == data
    assert _get(served, "/feed.xml", Range="bytes=0-1", If_Range='"other"').content == data


@pytest.mark.parametrize(
    "path",
    [
        "/../config.toml",
        "/%2e%2e/config.toml",
        "/..%2fconfig.toml",
        "/tags/..%2f..%2fconfig.toml",
        "/.mark",
        "/feed.xml%00",
        "//etc/passwd",
    ],
)
def test_nothing_outside_the_public_folder_is_served(
    served: Served, feeds: Path, path: str
) -> None:
    """Dots, encoded dots, hidden files, NUL, double slashes, links."""
    (feeds / ".mark").write_text("hidden")
    answer = served.client.get(path)
    assert answer.status_code in {400, 404}
    (feeds / "link.txt").symlink_to(served.site.config_file)
    assert served.client.get("/link.txt").status_code == 404


def test_an_issue_has_a_page_once_it_is_queued_with_nothing_personal_in_it(served: Served) -> None:
    """Its name cannot be guessed; what is only held is not shown."""
    served.site.write("a.md", "---\ntitle: Old\ndate: 2026-01-01\n---\nA.\n")
    served.site.build()
    served.site.later(minutes=5)
    served.site.write("b.md", "---\ntitle: News\ndate: 2026-03-02\n---\nHere it is.\n")
    served.site.build()
    with served.state.reading() as transaction:
        held, queued = IssueStore(transaction).issues()
    assert served.client.get(f"/issues/{held.public}").status_code == 404
    page = served.client.get(f"/issues/{queued.public}")
    assert page.status_code == 200
    assert "Here it is." in page.text
    assert ".invalid" not in page.text
    assert "https://news.example.org/unsubscribe" in page.text
    assert (
        served.client.get("/unsubscribe").status_code
        == served.client.get("/preferences").status_code
        == 200
    )
    assert served.client.get("/issues/1").status_code == 404


def test_whoever_watches_is_told(served: Served) -> None:
    """Alive, ready, and figures for loopback only."""
    served.subscribed("ada@example.org")
    assert served.client.get("/healthz").text == "ok\n"
    assert served.client.get("/readyz").text == "ready\n"
    figures = served.client.get("/metrics")
    assert 'publisher_subscribers{state="active"} 1.0' in figures.text
    served.web.config = served.config.model_copy(
        update={"web": served.config.web.model_copy(update={"metrics": ("10.0.0.0/8",)})}
    )
    assert served.client.get("/metrics").status_code == 404
    served.sender.close()
    served.state.close()
    (served.site.folder / "state" / "publisher.db").write_bytes(b"no database at all" * 100)
    assert served.client.get("/readyz").status_code == 503


@pytest.mark.parametrize(
    "path",
    [
        "/state/publisher.db",
        "/newsletters/.mark",
        "/.kept/x.txt",
        "/link.txt",
        "/own.txt",
        "/folder/x.txt",
    ],
)
def test_nothing_private_is_served_whatever_the_public_folder_is(tmp_path: Path, path: str) -> None:
    """Neither the state, nor a name with a dot, nor a link that leads to one of them.

    Every start refuses such a folder besides.
    """
    with Served(tmp_path, more='[output]\npublic = "."\n') as served:
        served.site.write("a.md", "---\ntitle: A\ndate: 2026-01-01\n---\nWords of A.\n")
        served.site.build()
        (tmp_path / ".kept").mkdir()
        (tmp_path / ".kept" / "x.txt").write_text("x")
        (tmp_path / "link.txt").symlink_to(".kept/x.txt")
        (tmp_path / "own.txt").symlink_to("state/secret.key")
        (tmp_path / "folder").symlink_to(".kept")
        (tmp_path / "plain.txt").symlink_to("posts/a.md")
        assert (tmp_path / "state" / "publisher.db").exists()
        assert served.client.get("/plain.txt").status_code == 200
        assert served.client.get(path).status_code == 404
