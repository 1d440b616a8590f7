"""Posts, their records and renders as columns and back, without loss."""

from __future__ import annotations

import json
import zlib
from dataclasses import MISSING, asdict, fields
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from publisher.database.instants import from_micros, to_micros
from publisher.errors import Level, Problem
from publisher.markup.models import Markup, Rendered
from publisher.posts.models import Author, Enclosure, NewsletterSwitch, Post
from publisher.posts.records import PostSummary, term

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_POST_INSTANTS = ("published", "modified", "expires", "release")
_NAMES = tuple(field.name for field in fields(Post))
_DEFAULTS = tuple(
    field.default if field.default_factory is MISSING else field.default_factory()
    for field in fields(Post)
)
_values_of = attrgetter(*_NAMES)
_SMALL = 16_384
"""Bytes of a body that one window of 16 KiB holds."""


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode


def dump_post(post: Post) -> bytes:
    """Return a post as JSON; what has its default is left out."""
    value = {
        name: given
        for name, given, default in zip(_NAMES, _values_of(post), _DEFAULTS, strict=True)
        # Defaults are left out: most posts have few fields, and a version with a new field reads
        # rows of an older one.
        if given != default
    }
    for name in _POST_INSTANTS:
        if name in value:
            value[name] = to_micros(value[name])
    for name in ("authors", "enclosures"):
        if name in value:
            value[name] = [asdict(one) for one in value[name]]
    if "newsletter" in value:
        value["newsletter"] = asdict(post.newsletter)
    return _encode(value).encode()


def load_post(data: bytes) -> Post:
    """Return the post of :func:`dump_post`."""
    value: dict[str, Any] = json.loads(data)
    for name in _POST_INSTANTS:
        value[name] = from_micros(value.get(name))
    value["authors"] = tuple(Author(**author) for author in value.get("authors", ()))
    value["enclosures"] = tuple(Enclosure(**enclosure) for enclosure in value.get("enclosures", ()))
    value["newsletter"] = NewsletterSwitch(**value.get("newsletter", {}))
    value["markup"] = Markup(value.get("markup", Markup.MARKDOWN))
    for name in ("tags", "categories"):
        value[name] = tuple(value.get(name, ()))
    # A state that a newer version wrote, and an older one reads after a step back, may hold fields
    # nobody here knows.
    known = Post.__dataclass_fields__.keys()
    return Post(**{name: item for name, item in value.items() if name in known})


def pack_source(post: Post, body: str) -> tuple[bytes, bytes]:
    """Return a post and its body, compressed, as two columns keep them."""
    # JSON front matter can smuggle half of a surrogate pair in; keeping a source must not fail for
    # it.
    data = body.encode("utf-8", "surrogatepass")
    if len(data) > _SMALL:
        return dump_post(post), zlib.compress(data, 1)
    # To make its usual 256 KiB of tables ready takes zlib longer than to compress a post.
    packer = zlib.compressobj(1, zlib.DEFLATED, 14, 6)
    return dump_post(post), packer.compress(data) + packer.flush()


def unpack_body(data: bytes) -> str:
    """Return the body of :func:`pack_source`."""
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


_Later: TypeAlias = tuple[str, bool, bool, int | None, str]
_LATER: _Later = ("", False, False, None, "")
"""What :func:`dump_post_summary` leaves out at the end."""


def dump_post_summary(facts: PostSummary | None) -> str:
    """Return facts as JSON; empty for none.

    What came after version 0.1.0 is written only where it says something.
    """
    if facts is None:
        return ""
    later: list[object] = [
        facts.body,
        facts.is_long,
        facts.asked,
        to_micros(facts.release),
        facts.doubt,
    ]
    # Rows of older versions end earlier: what came later stands at the end and may be missing.
    while later and not later[-1]:
        later.pop()
    return json.dumps(
        [
            facts.title, facts.url, facts.explicit_id, facts.proposed_id, facts.draft,
            to_micros(facts.published),
            to_micros(facts.expires), to_micros(facts.modified), facts.words, facts.entry,
            facts.terms, facts.send, facts.feed,
            *later,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )  # fmt: skip


def load_post_summary(text: str) -> PostSummary | None:
    """Return the facts of :func:`dump_post_summary`.

    Those that an older version did not write take their defaults.
    """
    if not text:
        return None
    (
        title,
        url,
        explicit,
        proposed,
        draft,
        published,
        expires,
        modified,
        words,
        entry,
        terms,
        send,
        feed,
        *later,
    ) = json.loads(text)
    body, is_long, asked, release, doubt = cast("_Later", (*later, *_LATER[len(later) :]))
    return PostSummary(
        title, url, explicit, proposed, draft, from_micros(published), from_micros(expires),
        from_micros(modified), words, entry,
        tuple([term(kind, name) for kind, name in terms]), send, feed, body, is_long, asked,
        from_micros(release), doubt,
    )  # fmt: skip


def dump_problems(problems: Sequence[Problem]) -> str:
    """Return problems as JSON; empty for none."""
    return (
        json.dumps([asdict(problem) for problem in problems], ensure_ascii=False)
        if problems
        else ""
    )


def load_problems(text: str) -> tuple[Problem, ...]:
    """Return the problems of :func:`dump_problems`."""
    if not text:
        return ()
    return tuple(Problem(**{**value, "level": Level(value["level"])}) for value in json.loads(text))


def dump_rendered(rendered: Rendered) -> bytes:
    """Return a rendered body as compressed JSON."""
    return pack({**asdict(rendered), "problems": dump_problems(rendered.problems)})


def load_rendered(data: bytes) -> Rendered:
    """Return the rendered body of :func:`dump_rendered`."""
    value = unpack(data)
    return Rendered(
        value["html"], value["summary"], tuple(value["images"]), load_problems(value["problems"])
    )


def pack(value: Mapping[str, object]) -> bytes:
    """Compress a JSON object; lone surrogates survive as escapes."""
    return zlib.compress(_encode(value).encode(), 1)


def unpack(data: bytes) -> dict[str, Any]:
    """Return the object of :func:`pack`."""
    found: dict[str, Any] = json.loads(zlib.decompress(data))
    return found
