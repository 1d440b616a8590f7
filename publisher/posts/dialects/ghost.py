"""Ghost: exports as Markdown; its sites are built by others."""

from __future__ import annotations

from publisher.posts.dialects.base import Dialect
from publisher.posts.flags import flags, is_set

GHOST = Dialect(
    name="ghost",
    keys=("feature_image", "published_at", "custom_excerpt"),
    hides=flags("emailonly membersonly subscribersonly", is_set),
    comments=frozenset({"handlebars"}),
)
