"""Whether a file is a post for readers, as its path and its front matter say, in any dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.posts.dialects.obsidian import OBSIDIAN
from publisher.posts.dialects.registry import DIALECTS
from publisher.posts.flags import as_flag, flags, is_never, is_no, is_set, is_true
from publisher.posts.keys import spelled
from publisher.posts.status_words import WORD_KEYS, Says, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from publisher.posts.dialects.base import Dialect
    from publisher.posts.flags import Flag
    from publisher.posts.keys import Entry


_HIDES = {
    **flags(
        "hidden ishidden unlisted isunlisted private isprivate protected isprotected secret"
        " passwordprotected",
        is_set,
    ),
    # These also hold lists of what else is left out (MkDocs: ``hide: [toc]``).
    **flags("hide exclude ignore skip disabled internal", is_true),
    **flags("listed islisted public ispublic visible isvisible routable enabled online", is_never),
    **{name: flag for dialect in DIALECTS for name, flag in dialect.hides.items()},
}
"""Keys that can hide a file."""
_HIDES_IN_VAULTS = {**_HIDES, **OBSIDIAN.hides_at_home}
_DRAFTS = {
    **flags("draft isdraft wip iswip workinprogress unpublished isunpublished", is_set),
    # A flag in some dialects and a date in others; dates are read elsewhere.
    **flags("published publish", is_no),
    **flags("ispublished", lambda value: not is_true(value)),
    **flags("layout type posttype", lambda value: spelled(str(value)) == "draft"),
    **{name: flag for dialect in DIALECTS for name, flag in dialect.drafts.items()},
}
_UNFEEDS = {
    **flags(
        "feed feeds infeed includeinfeed showinfeed rss inrss includeinrss showinrss", is_never
    ),
    **flags(
        "excludefromfeed excludefromfeeds excludefromrss hidefromfeed hidefromrss nofeed norss",
        is_set,
    ),
}
_TELLING = {*_HIDES_IN_VAULTS, *_DRAFTS, *_UNFEEDS, *WORD_KEYS, "scheduled"}
"""Most files have none of these keys: nothing else is asked of them."""
_MOST_SHOWN = 40
"""Characters of a value."""
_CONFLICT = re.compile(
    r"\.sync-conflict-|conflicted copy|\(sfconflict |\(conflict on "
    r"|in konflikt stehende kopie|konfliktkopie|copie en conflit|copia en conflicto|copia in"
    r" conflitto",
    re.IGNORECASE,
)
_LEAK = re.compile(
    r"\s*(?:protected|private|geschützt|passwortgeschützt|privat|protégé|privée?|protegid[oa]"
    r"|privad[oa]|protett[oa]|privat[oa]"
    r"|beveiligd|privé|защищено|личное|保護中|非公開|受密码保护|密码保护|私密)\s*[:\uff1a]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a file says of who may see it.

    Attributes:
        hidden: Why it is no post, or none for readers; empty when it is one.
        draft: What makes it a draft; empty when nothing does.
        scheduled: The word that says that its date decides; without one it is a draft.
        doubt: A word nobody here knows, with its key (``status: evergreen``); empty when there is
            none.
        doubt_key: The top-level key it stands under.
        feed: False when it is to be in no feed.
    """

    hidden: str = ""
    draft: str = ""
    scheduled: str = ""
    doubt: str = ""
    doubt_key: str = ""
    feed: bool = True


_OPEN = Visibility()


def is_conflict_copy(path: str) -> bool:
    """Return whether a syncing program left this copy of two edits at once.

    Syncthing writes ``a.sync-conflict-20261130-…``, Dropbox, Nextcloud and Obsidian Sync ``a (…
    conflicted copy …)``, Seafile ``a (SFConflict …)``, Unison ``a (conflict on …)``.
    """
    return _CONFLICT.search(path.rpartition("/")[2]) is not None


def is_hidden_by_title(title: str) -> bool:
    """Check whether a title marks the post as protected or private, as a WordPress export does.

    Its words are known in the export's languages.
    """
    return _LEAK.match(title) is not None


def no_post_by_path(path: str, preset: Dialect) -> str:
    """Return why a file with this path is no post; empty when it may be one.

    Args:
        path: Below the posts folder.
        preset: Of the site.
    """
    folders, _, name = path.lower().rpartition("/")
    if name.startswith("_index."):
        return "_index: a section, not a post"
    parts = folders.split("/")
    if preset.leaves_out is not None and preset.leaves_out(parts, name):
        return f"a name that begins with _, which {preset.name.capitalize()} leaves out"
    return "in a folder of pages" if "_pages" in parts or "pages" in parts else ""


def see(
    path: str,
    entries: Sequence[Entry],
    *,
    public_words: AbstractSet[str],
    is_jekyll_post: bool = False,
    in_vault: bool = False,
) -> Visibility:
    """Return what path and front matter say of who may see the file.

    Args:
        path: Below the posts folder.
        entries: Its front matter.
        public_words: What ``posts.public_words`` allows, each as
            :func:`publisher.posts.status_words.word_of`.
        is_jekyll_post: It stands in ``_posts/``, where a layout decides nothing.
        in_vault: It stands in an Obsidian vault, where ``share: false`` hides; elsewhere it means
            buttons.
    """
    folders = path.lower().split("/")[:-1]
    folder = "folder of drafts" if "_drafts" in folders or "drafts" in folders else ""
    telling = [entry for entry in entries if entry.name in _TELLING]
    if not telling:
        return Visibility(draft=folder) if folder else _OPEN
    hides = _HIDES_IN_VAULTS if in_vault else _HIDES
    hidden = next(
        (
            _shown(entry, hides[entry.name])
            for entry in _told(telling, hides)
            if not (is_jekyll_post and entry.name == "layout")
        ),
        "",
    )
    draft = next((f"front matter {entry.key}" for entry in _told(telling, _DRAFTS)), "")
    said: dict[Says, tuple[str, str]] = {}
    for entry in telling:
        if entry.name in WORD_KEYS:
            what, word = say(entry.value, public_words)
            said.setdefault(
                what, (f"{entry.key}: {' '.join(word.split())[:_MOST_SHOWN]}", entry.top)
            )
    nothing = ("", "")
    doubt, doubt_key = said.get(Says.UNKNOWN, nothing)
    return Visibility(
        hidden=hidden or said.get(Says.HIDDEN, nothing)[0],
        draft=folder
        or draft
        or (f"front matter {said[Says.DRAFT][1]}" if Says.DRAFT in said else ""),
        scheduled=said.get(Says.SCHEDULED, nothing)[1]
        or next((e.key for e in telling if e.name == "scheduled" and as_flag(e.value)), ""),
        doubt=doubt,
        doubt_key=doubt_key,
        feed=next(_told(telling, _UNFEEDS), None) is None,
    )


def flags_with(entries: Sequence[Entry], name: str) -> object:
    """Return what the first key of this name holds, or None (``posts.require``)."""
    return next(
        (entry.value for entry in entries if entry.name == name and entry.value is not None), None
    )


def _told(entries: Sequence[Entry], known: Mapping[str, Flag]) -> Iterator[Entry]:
    """Return the entries whose value says what the flag of their name is for."""
    return (
        entry
        for entry in entries
        if (flag := known.get(entry.name)) is not None and flag.test(entry.value)
    )


def _shown(entry: Entry, flag: Flag) -> str:
    """Return what an entry says, for people; a password is told to nobody."""
    value = " ".join(str(entry.value).split())[:_MOST_SHOWN].lower()
    return flag.says.format(key=entry.key, value=value)
