"""Which feed documents a site has, where they are, and what they are called."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from publisher.posts.terms import fold_term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


FOLDERS: Mapping[str, str] = {"tag": "tags", "category": "categories", "author": "authors"}
LABELS: Mapping[str, str] = {"tag": "Tag", "category": "Category", "author": "Author"}
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Subject:
    """What a feed is about: the site, or one term.

    Attributes:
        kind: ``site``, ``tag``, ``category`` or ``author``.
        name: As readers see it; empty for the site.
        folder: Where its documents are, below the public folder; empty for the site.
    """

    kind: str = "site"
    name: str = ""
    folder: str = ""

    def title(self, site: str) -> str:
        """Return the feed's title."""
        return site if self.kind == "site" else f"{site} \u2013 {LABELS[self.kind]}: {self.name}"


def document_path(subject: Subject, file: str) -> str:
    """Return a subscription document's path below the public folder."""
    return f"{subject.folder}/{file}" if subject.folder else file


def archive_path(subject: Subject, file: str, number: int) -> str:
    """Return an archive document's path: ``archive/atom-0001.xml``."""
    stem, _, ending = file.rpartition(".")
    return document_path(
        subject, f"archive/{stem or file}-{number:04d}{f'.{ending}' if stem else ''}"
    )


def address(feeds_url: str, path: str) -> str:
    """Return the absolute address of a document."""
    return f"{feeds_url}/{quote(path)}"


def term_slug(name: str, taken: Collection[str]) -> str:
    """Return the path part of a term; one that is taken is never given again.

    python-slugify keeps letters of every script. Where symbols were lost (``C++``, ``C#``) or
    nothing is left, ``-`` and six hex digits of SHA-256 of the folded name follow; 80 bytes at
    most.
    """
    from slugify import slugify  # noqa: PLC0415 - most rounds see no new term

    folded = fold_term(name)
    slug: str = slugify(name, allow_unicode=True)
    mark = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    lost = re.search(r"[^\w\s'\u2019.,_-]", unicodedata.normalize("NFKC", name)) is not None
    if lost or not slug or len(slug.encode()) > _LONGEST:
        slug = f"{_cut(slug, _LONGEST - 7)}-{mark}".lstrip("-")
    if slug in taken:
        slug = f"{_cut(slug, _LONGEST - 7)}-{mark}"
    return slug


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore").rstrip("-")


def subjects_of(
    terms: Iterable[tuple[str, str]], slugs: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], Subject]:
    """Return the subjects of ``(kind, name)`` terms, by kind and folded name.

    The first spelling names the feed.
    """
    found: dict[tuple[str, str], Subject] = {}
    for kind, name in terms:
        key = (kind, fold_term(name))
        if key in slugs:
            found.setdefault(key, Subject(kind, name, f"{FOLDERS[kind]}/{slugs[key]}"))
    return found
