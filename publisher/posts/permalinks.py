"""Where a post's page is.

What its front matter says, else the site's pattern, else what its generator does by default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from publisher.posts.dialects.registry import DIALECTS, preset_of
from publisher.posts.slugs import slug_of
from publisher.system.urls import URL_SAFE, mend_percents

if TYPE_CHECKING:
    from publisher.posts.dialects.page import AddressParts


_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9/._~-]*")
"""An address in which nothing needs quoting, as most do."""
_SLASHES = re.compile(r"/{2,}")
_SAFE_AS_IT_IS = URL_SAFE.replace("%", "")
"""A percent sign in a file's name is one, and no escape."""
_FIRST_PRINTABLE = 0x20
_LONGEST = 2000
"""Characters of an address."""
_LONGEST_HOST = 60
_FILLS = [dialect.fill for dialect in DIALECTS if dialect.fill is not None]


class AddressError(ValueError):
    """An address from the front matter cannot be used."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What addresses depend on besides the post.

    Attributes:
        url: Of the site, without a closing slash.
        pattern: ``posts.url``: a pattern or a preset.
        section: Folders of the posts folder below the generator's content folder (``posts`` of
            ``content/posts``).
        language: Of posts whose file name tells no other.
    """

    url: str
    pattern: str
    section: str = ""
    language: str = "en"


def absolute(site: AddressRules, written: str, parts: AddressParts) -> str:
    """Return the absolute address of what front matter says (``permalink``, ``url``, ``path``).

    Raises:
        AddressError: It names another scheme, climbs out of the site, or holds what no address may
            hold.
    """
    text = "".join(written.split())
    if (
        not text
        or any(ord(character) < _FIRST_PRINTABLE for character in written.strip())
        or len(text) > _LONGEST
    ):
        raise AddressError("is empty, too long or holds control characters")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) and not re.match(
        r"https?://[^/]", text, re.IGNORECASE
    ):
        raise AddressError("is no web address")
    if ".." in re.split(
        r"[/\\]|%2f|%5c", re.sub(r"%2e", ".", text, flags=re.IGNORECASE), flags=re.IGNORECASE
    ):
        raise AddressError("climbs out of the site with '..'")
    if re.match(r"https?://", text, re.IGNORECASE):
        return _quoted(text)
    for fill in _FILLS:
        text = fill(text, parts)
    return join(site.url, _SLASHES.sub("/", text))


def derived(site: AddressRules, parts: AddressParts) -> str:
    """Return the address that the site's pattern or preset gives a post without one of its own."""
    preset = preset_of(site.pattern)
    pattern = site.pattern if preset.pattern is None else preset.pattern
    folders = parts.path
    if preset.path_has_section and site.section:
        folders = f"{site.section}/{folders}".strip("/")
    categories = [slug_of(name) for name in parts.categories]
    category = "/".join(categories if preset.nests_categories else categories[:1])
    when = parts.when
    filled = pattern.format(
        year=f"{when.year:04d}" if when else "",
        month=f"{when.month:02d}" if when else "",
        day=f"{when.day:02d}" if when else "",
        slug=parts.slug,
        path=folders,
        category=category,
    )
    return join(site.url, _SLASHES.sub("/", filled))


def encoded(path: str) -> str:
    """Return a path as it is written in an address: percent-encoded, without double slashes."""
    return quote(_SLASHES.sub("/", f"/{path}"), safe=_SAFE_AS_IT_IS, errors="replace")


def join(site_url: str, path: str) -> str:
    """Join a path to the site's address, which may have a path of its own."""
    return _quoted(f"{site_url}/{path.lstrip('/')}")


def section_of(folder: str, generator: str, language: str = "") -> str:
    """Guess which section of the site a posts folder is.

    It is its folders below the generator's content folder.

    Args:
        folder: As the configuration says it.
        generator: Name of the preset. Eleventy's content folder is the site's own where the folder
            names none.
        language: Of the site: Hugo's ``content/en`` is the content folder of an English site.
    """
    names = [name for name in folder.replace("\\", "/").split("/") if name and name != "."]
    preset = preset_of(generator)
    roots = [index for index, name in enumerate(names) if name in preset.content_folders]
    if not roots:
        is_inside = preset.content_at_root and not folder.startswith("/") and ".." not in names
        return "/".join(names) if is_inside else ""
    below = names[roots[-1] + 1 :]
    if preset.content_by_language and below[:1] == [language]:
        del below[0]
    return "/".join(below)


def resolve(page: str, reference: str) -> str | None:
    """Return a front matter reference as an absolute web address, or None when it is none."""
    try:
        url = urljoin(page, reference.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.netloc
        or any(ord(character) < _FIRST_PRINTABLE for character in url)
    ):
        return None
    return _quoted(url)


def _quoted(url: str) -> str:
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(url)
    try:
        host = parts.netloc.encode("ascii").decode()
    except UnicodeEncodeError:
        host = (
            parts.netloc.encode("idna", "ignore").decode()
            if len(parts.netloc) < _LONGEST_HOST
            else "invalid"
        )
    path = mend_percents(quote(parts.path, safe=URL_SAFE))
    query = f"?{quote(parts.query, safe=URL_SAFE + '?')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=URL_SAFE + '?')}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{host}{path}{query}{fragment}"
