"""Front matter and configurations as nobody in particular writes them.

Every dialect, any value, half of it mangled.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import yaml
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = object
KEYS = (
    "title", "post_title", "headline", "date", "post_date", "pubDate", "published", "lastmod",
    "updated", "expires", "summary",
    "description", "excerpt", "lang", "image", "images", "cover", "author", "authors", "tags",
    "tag", "categories", "category", "draft",
    "publish", "status", "visibility", "layout", "type", "permalink", "url", "slug", "path", "guid",
    "id", "canonical_url", "link",
    "external_url", "enclosure", "enclosures", "newsletter", "feed", "taxonomies", "params",
    "extra", "save_as", "eleventyNavigation",
)  # fmt: skip
AWKWARD = (
    "", " ", "0", "-", "~", "null", "yes", "../../etc/passwd", "%2e%2e/%2e%2e", "/a/../b",
    "//evil.example", "https://[",
    "https://a:99999/",
    "javascript:alert(1)", "http://example.org/\u202e", "{{7*7}}", "{% include x %}",
    "<script>alert(1)</script>", "]]>", "<!--",
    "&amp;&lt;&#0;",
    "a\0b", "\x01\x1b\x7f\x85\u2028", "\ufffe\ufdd0", "\u202eright\u2066 to left", "שלום",
    "x" * 300, "1" * 5000, "9999-12-31T23:59:59Z",
    "9999-12-31", "0001-01-01T00:00:00Z", "0000-00-00", "2020-02-30",
    "Tue, 31 Feb 2020 25:61:00 +9999", "Ada <ada@example.org>", "<@>",
    "https://example.org/a.mp3\n7\naudio/mpeg", ":title", "/:year/:month/:title/",
    "/{{ page.date }}/", "tag:example.org,2020:x",
    "urn:x", "*a",
)  # fmt: skip
TEXTS = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=20))
NUMBERS = st.one_of(st.integers(), st.sampled_from([10**400, -1, 0, 10**18]), st.floats())
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none(), st.dates(), st.datetimes())
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*KEYS, "name", "email", "src", "length"]) | TEXTS, inner, max_size=4
        )
    ),
    max_leaves=8,
)
METADATA = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)


def toml_of(value: Value) -> str:
    """Write a value as TOML; what TOML has no word for becomes text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_of, value))}]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{toml_of(str(key))} = {toml_of(item)}" for key, item in value.items())
            + "}"
        )
    return (
        '"'
        + "".join(c if c.isalnum() or c in " -/.:" else f"\\U{ord(c):08x}" for c in str(value))
        + '"'
    )


def _yaml(metadata: Mapping[str, Value]) -> str:
    return f"---\n{yaml.safe_dump(dict(metadata), allow_unicode=True)}---\n"


def _toml(metadata: Mapping[str, Value]) -> str:
    return (
        "+++\n"
        + "".join(f"{key} = {toml_of(value)}\n" for key, value in metadata.items())
        + "+++\n"
    )


def _json(metadata: Mapping[str, Value]) -> str:
    return json.dumps(metadata, default=str) + "\n"


def _pelican(metadata: Mapping[str, Value]) -> str:
    return (
        "Title: T\n"
        + "".join(f"{key.title()}: {value}\n" for key, value in metadata.items())
        + "\n"
    )


def _rst(metadata: Mapping[str, Value]) -> str:
    return (
        "A title\n=======\n\n"
        + "".join(f":{key}: {value}\n" for key, value in metadata.items())
        + "\n"
    )


DIALECTS = {
    "a.md": (_yaml, _toml, _json, _pelican),
    "2020-01-02-b.html": (_yaml, _json),
    "c/index.rst": (_rst,),
    "2020/02/30/d.txt": (_yaml,),
}
BREAKS = st.sampled_from(
    [
        "1" * 5000,
        "[" * 5000,
        "\n",
        "\r",
        "\0",
        "---\n",
        "+++",
        "{",
        "[" * 60,
        "\t",
        ":",
        "'",
        '"',
        "&a",
        "*a",
        "<<: ",
        "!!python/name:os.system ",
        "\ufeff",
    ]
)


@st.composite
def front_matter(draw: st.DrawFn) -> tuple[str, str]:
    """Return a path and the head of its file, in one of the dialects.

    Now and then something is cut out and put in.
    """
    path = draw(st.sampled_from(sorted(DIALECTS)))
    text = draw(st.sampled_from(DIALECTS[path]))(draw(METADATA))
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        text = (
            text[:start]
            + draw(BREAKS | st.text(max_size=4))
            + text[start + draw(st.integers(0, 4)) :]
        )
    return path, text


@st.composite
def files(draw: st.DrawFn, bodies: st.SearchStrategy[str]) -> tuple[str, bytes]:
    """Return a path and its bytes."""
    path, head = draw(front_matter())
    encoding = draw(st.sampled_from(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "utf-32"]))
    return path, (head + draw(bodies)).encode(encoding, "replace")
