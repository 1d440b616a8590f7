"""Whether a file is a post for readers, as its path and its front matter say, in any dialect.

What hides a post hides it in whatever spelling, and also where its value is none that anybody
foresaw: only a plain "no" undoes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.posts.keys import spelled
from publisher.posts.status_words import WORD_KEYS, Says, say
from publisher.posts.values import as_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from publisher.posts.keys import Entry


_NO = frozenset({"", "false", "no", "off", "0", "n", "f", "none", "null", "nil", "~"})
_NEVER = frozenset({"false", "never", "no", "off", "0"})
_NO_POSTS = frozenset({"page", "attachment", "revision", "navmenuitem"})
_OPTIONS = frozenset({"list", "render"})
"""Of Hugo's ``build``: what of it, when never, leaves no page or no place in any list."""


def is_set(value: object) -> bool:
    """Return whether a marker is set: by any value but a plain no."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(isinstance(item, list | dict) or _is_set(item) for item in value)
    return _is_set(value)


def _is_set(value: object) -> bool:
    if value is None or isinstance(value, bool | int | float):
        return bool(value)
    return str(value).strip().strip("'\"").strip().casefold() not in _NO


def _is_true(value: object) -> bool:
    return as_flag(value) is True


def _is_no(value: object) -> bool:
    return as_flag(value) is False


def _is_never(value: object) -> bool:
    return value is not None and str(value).strip().casefold() in _NEVER


def _is_left_out(value: object) -> bool:
    """Return whether Hugo's build options say that there is no page, or that it is in no list."""
    if isinstance(value, dict):
        return any(spelled(str(key)) in _OPTIONS and _is_never(item) for key, item in value.items())
    return _is_never(value)


def _is_password(value: object) -> bool:
    return (
        value is not None
        and value is not False
        and value not in ([], {})
        and bool(str(value).strip())
    )


def _is_no_post(value: object) -> bool:
    return spelled(str(value)) in _NO_POSTS


def _is_draft(value: object) -> bool:
    return spelled(str(value)) == "draft"


_HIDES: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(
        (
            "hidden",
            "ishidden",
            "unlisted",
            "isunlisted",
            "private",
            "isprivate",
            "protected",
            "isprotected",
        ),
        is_set,
    ),
    **dict.fromkeys(
        ("secret", "headless", "emailonly", "membersonly", "subscribersonly", "passwordprotected"),
        is_set,
    ),
    "eleventyexcludefromcollections": is_set,
    # These also hold lists of what else is left out (MkDocs: ``hide: [toc]``).
    **dict.fromkeys(("hide", "exclude", "ignore", "skip", "disabled", "internal"), _is_true),
    **dict.fromkeys(
        (
            "listed",
            "islisted",
            "public",
            "ispublic",
            "visible",
            "isvisible",
            "routable",
            "enabled",
            "online",
        ),
        _is_never,
    ),
    **dict.fromkeys(("render", "permalink"), _is_never),
    **dict.fromkeys(("layout", "type", "posttype"), _is_no_post),
    "build": _is_left_out,
    "password": _is_password,
}
"""Keys that can hide a file, each with the test of what it holds."""
_SHARES: Mapping[str, Callable[[object], bool]] = dict.fromkeys(("share", "shared"), _is_never)
_DRAFTS: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(
        ("draft", "isdraft", "wip", "iswip", "workinprogress", "unpublished", "isunpublished"),
        is_set,
    ),
    # A flag in some dialects and a date in others; dates are read elsewhere.
    **dict.fromkeys(("published", "publish"), _is_no),
    **dict.fromkeys(("ispublished", "dgpublish"), lambda value: as_flag(value) is not True),
    **dict.fromkeys(("layout", "type", "posttype"), _is_draft),
}
_UNFEEDS: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("feed", "feeds", "infeed", "includeinfeed", "showinfeed"), _is_never),
    **dict.fromkeys(("rss", "inrss", "includeinrss", "showinrss"), _is_never),
    **dict.fromkeys(
        (
            "excludefromfeed",
            "excludefromfeeds",
            "excludefromrss",
            "hidefromfeed",
            "hidefromrss",
            "nofeed",
            "norss",
        ),
        is_set,
    ),
}
_TELLING = {*_HIDES, *_SHARES, *_DRAFTS, *_UNFEEDS, *WORD_KEYS, "scheduled"}
"""Most files have none of these keys: nothing else is asked of them."""
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


def no_post_by_path(path: str, pattern: str) -> str:
    """Return why a file with this path is no post; empty when it may be one.

    Args:
        path: Below the posts folder.
        pattern: ``posts.url``: Astro and Jekyll leave out names that begin with ``_``, Astro what
            is in such folders too (https://docs.astro.build/en/guides/content-collections/).
    """
    folders, _, name = path.lower().rpartition("/")
    if name.startswith("_index."):
        return "_index: a section, not a post"
    parts = folders.split("/")
    if (name.startswith("_") and pattern in {"astro", "jekyll"}) or (
        pattern == "astro" and any(p.startswith("_") for p in parts)
    ):
        return f"a name that begins with _, which {pattern.capitalize()} leaves out"
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
    hides = {**_HIDES, **_SHARES} if in_vault else _HIDES
    hidden = next(
        (
            _shown(entry)
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
            said.setdefault(what, (f"{entry.key}: {' '.join(word.split())[:40]}", entry.top))
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


def _told(
    entries: Sequence[Entry], tests: Mapping[str, Callable[[object], bool]]
) -> Iterator[Entry]:
    """Yield the entries whose value is what the test of their name asks for."""
    return (
        entry
        for entry in entries
        if (test := tests.get(entry.name)) is not None and test(entry.value)
    )


def _shown(entry: Entry) -> str:
    """Return what an entry says, for people; a password is told to nobody."""
    if entry.name == "password":
        return "it has a password"
    if entry.name == "build":
        return f"{entry.key}: never"
    key = (
        "eleventyExcludeFromCollections"
        if entry.name == "eleventyexcludefromcollections"
        else entry.key
    )
    return f"{key}: {' '.join(str(entry.value).split())[:40].lower()}"
