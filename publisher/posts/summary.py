"""What decisions need of a post: its content hash, its terms, its dates."""

from __future__ import annotations

import hashlib

from publisher.markup.models import Markup
from publisher.posts.feed_ids import propose_id
from publisher.posts.models import NewsletterSwitch, Post
from publisher.posts.records import PostSummary, term

_LONG = 200
"""Characters from which on two posts do not have the same body by chance."""
_NO_SWITCH = NewsletterSwitch()
_NO_SWITCH_SHOWN = repr(_NO_SWITCH)
_MARKUP_SHOWN = {markup: repr(markup) for markup in Markup}


def summarize(post: Post, body: str, *, site_url: str, preset: str) -> PostSummary:
    """Take from a post what decisions need."""
    content_hash, (body_hash, is_long) = _digest(post.title, body), hash_body(body)
    return PostSummary(
        title=post.title,
        url=post.url,
        explicit_id=post.explicit_id,
        proposed_id=propose_id(post, site_url, preset),
        draft=post.draft,
        published=post.published,
        expires=post.expires,
        modified=post.modified,
        words=content_hash,
        entry=_digest(_shown(post), content_hash),
        terms=(
            *[term("tag", name) for name in post.tags],
            *[term("category", name) for name in post.categories],
            *[term("author", author.name) for author in post.authors],
        ),
        send=post.newsletter.send and not post.doubt,
        feed=post.feed,
        body=body_hash,
        is_long=is_long,
        asked=post.newsletter.asked,
        release=post.release,
        doubt=post.doubt,
    )


def hash_body(body: str) -> tuple[str, bool]:
    """Return ``Facts.body`` and ``Facts.is_long`` of a body.

    An empty one has no hash, because it tells nothing.

    White space does not count: another program's line breaks make no other post.
    """
    # Git, editors and sync tools change line ends and blanks of thousands of files at once; none of
    # that is news.
    plain = " ".join(body.split())
    return _digest(plain)[:32] if plain else "", len(plain) >= _LONG


def _shown(post: Post) -> str:
    """Return what an entry or a newsletter shows of a post, besides its words.

    It is written as Python writes the tuple of it, because hashes of it are kept.
    """
    values = (
        # The order is kept for ever: hashes of it are stored, and another order would make every
        # post look edited.
        post.title, post.slug, post.url, post.external_url, post.explicit_id, post.published,
        post.date_only, post.modified, post.authors,
        post.tags, post.categories, post.summary, post.language, post.image, post.enclosures,
    )  # fmt: skip
    switch = _NO_SWITCH_SHOWN if post.newsletter == _NO_SWITCH else repr(post.newsletter)
    return f"{repr(values)[:-1]}, {_MARKUP_SHOWN[post.markup]}, {switch})"


def _digest(*parts: str) -> str:
    # A NUL between: no text of a post can hold one, so no two lists of parts are the same bytes.
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
