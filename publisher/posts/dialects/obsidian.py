"""Obsidian: vaults, of which plugins publish what a flag names."""

from __future__ import annotations

from publisher.posts.dialects.base import Dialect
from publisher.posts.flags import flags, is_never, is_true

OBSIDIAN = Dialect(
    name="obsidian",
    hides_at_home=flags("share shared", is_never),  # elsewhere they mean buttons
    drafts=flags("dgpublish", lambda value: not is_true(value)),  # Digital Garden
    comments=frozenset({"percents"}),
)
