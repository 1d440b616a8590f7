"""Whether a file is a post at all, and whether its flags let it be published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.source.values import as_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAK = re.compile(r"^\s*(protected|private):", re.IGNORECASE)
_TELLING = frozenset({"layout", "type", "post_type", "permalink", "eleventyexcludefromcollections", "status", "post_status", "visibility"})
"""Keys that can tell that a file is no post."""
_HOLDING = frozenset({"draft", "published", "publish", "status", "post_status"})
"""Keys that can keep a post from being published."""
_DRAFT_STATES = frozenset({"draft", "pending", "auto-draft", "inherit", "future-draft"})
_HIDDEN_STATES = frozenset({"hidden", "private", "trash", "skip"})


def not_a_post(path: str, metadata: Mapping[str, object], *, require_publish: bool) -> str:
    """Say why a file with front matter is none of the posts; empty when it is one."""
    folders, _, name = path.rpartition("/")
    if name.lower().startswith("_index."):
        return "_index: a section, not a post"
    parts = folders.lower().split("/")
    if "_pages" in parts or "pages" in parts:
        return "in a folder of pages"
    why = "" if _TELLING.isdisjoint(metadata) else _told_by(metadata)
    if not why and require_publish and as_flag(metadata.get("publish")) is not True:
        return 'no "publish: true" (posts.require)'
    return why


def _told_by(metadata: Mapping[str, object]) -> str:
    """Give the key that says that this is no post, and what it says."""
    for key in ("layout", "type", "post_type"):
        if str(metadata.get(key, "")).strip().lower() == "page":
            return f"{key}: page"
    if metadata.get("permalink") is False or str(metadata.get("permalink")).strip().lower() == "false":
        return "permalink: false"
    if as_flag(metadata.get("eleventyexcludefromcollections")):
        return "eleventyExcludeFromCollections"
    state = str(metadata.get("status", metadata.get("post_status", ""))).strip().lower()
    if state in _HIDDEN_STATES:
        return f"status: {state}"
    visibility = str(metadata.get("visibility", "public")).strip().lower()
    if visibility not in {"public", ""}:
        return f"visibility: {visibility}"
    return ""


def would_leak(title: str) -> bool:
    """Say whether a WordPress export marks the post as protected or private by its title."""
    return _LEAK.match(title) is not None


def is_draft(path: str, metadata: Mapping[str, object]) -> tuple[bool, str]:
    """Say whether flags keep a post from being published, and which."""
    folders = path.split("/")[:-1]
    if "_drafts" in folders or "drafts" in folders:
        return True, "folder of drafts"
    if _HOLDING.isdisjoint(metadata):
        return False, ""
    draft = metadata.get("draft")
    if draft is not None and as_flag(draft):
        return True, "front matter draft"
    for key in ("published", "publish"):
        if key in metadata and as_flag(metadata[key]) is False:
            return True, f"front matter {key}"
    state = str(metadata.get("status", metadata.get("post_status", ""))).strip().lower()
    if state in _DRAFT_STATES:
        return True, "front matter status"
    return False, ""
