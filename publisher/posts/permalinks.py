"""Where a post's page is.

What its front matter says, else the site's pattern, else what its generator does by default.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from publisher.system.urls import URL_SAFE, mend_percents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


PRESETS: Mapping[str, str] = {
    "jekyll": "/{category}/{year}/{month}/{day}/{slug}.html",
    "hugo": "",
    "eleventy": "",
    "pelican": "/{slug}.html",
    "zola": "",
    "astro": "/{path}/{slug}/",
    "wordpress": "/{year}/{month}/{day}/{slug}/",
}
"""The address each generator gives by default; empty where
:mod:`publisher.posts.dialects.page_rules` has its rule."""

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
    "none": "/:categories/:title.html",
}
_JEKYLL_FIELD = re.compile(
    r":(categories|year|month|day|title|slug|i_month|i_day|short_year|y_day|hour|minute|second)"
)
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9/._~-]*")
"""An address in which nothing needs quoting, as most do."""
_SLASHES = re.compile(r"/{2,}")
_MAX_SLUG = 200
_FIRST_PRINTABLE = 0x20
_CONTENT_FOLDERS = {
    "hugo": frozenset({"content"}),
    "zola": frozenset({"content"}),
    "eleventy": frozenset({"content", "contents", "src"}),
    "astro": frozenset({"content", "contents", "src", "pages", "_posts", "_drafts", "posts_dir"}),
}


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


@dataclass(frozen=True, slots=True)
class AddressParts:
    """What patterns are filled with.

    Attributes:
        path: Folders of the file below the posts folder; of a bundle, without its own folder.
        slug: Last part of the address.
        when: Published instant in the site's zone, or None.
        categories: As written.
    """

    path: str
    slug: str
    when: datetime | None
    categories: Sequence[str] = ()


def slug_of(text: str) -> str:
    """Make a slug of a title or name, as most generators do."""
    from slugify import slugify  # noqa: PLC0415 - most names are slugs already

    made: str = slugify(text, allow_unicode=True, max_length=_MAX_SLUG)
    return made or "post"


def pelican_slug(text: str) -> str:
    """Make a slug of a title as Pelican's default settings do.

    It is ASCII, with symbols dropped, not replaced.
    """
    from text_unidecode import (  # noqa: PLC0415
        unidecode,
    )  # python-slugify's own table, needed for Pelican sites only

    kept = re.sub(r"[^\w\s-]", "", unidecode(text)).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)[:_MAX_SLUG] or "post"


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
        or len(text) > 2000  # noqa: PLR2004
    ):  # of a URL
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
    text = _JEKYLL_STYLES.get(text, text)
    return join(site.url, _fill_jekyll(text, parts))


def derived(site: AddressRules, parts: AddressParts) -> str:
    """Return the address that the site's pattern or preset gives a post without one of its own."""
    pattern = PRESETS.get(site.pattern, site.pattern)
    folders = parts.path
    if site.pattern == "astro" and site.section:
        folders = f"{site.section}/{folders}".strip("/")
    categories = [slug_of(name) for name in parts.categories]
    category = "/".join(categories) if site.pattern == "jekyll" else (categories or [""])[0]
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
    known = _CONTENT_FOLDERS.get(generator, _CONTENT_FOLDERS["astro"])
    roots = [index for index, name in enumerate(names) if name in known]
    if not roots:
        is_inside = generator == "eleventy" and not folder.startswith("/") and ".." not in names
        return "/".join(names) if is_inside else ""
    below = names[roots[-1] + 1 :]
    if generator == "hugo" and below[:1] == [language]:
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


def _fill_jekyll(text: str, parts: AddressParts) -> str:
    when = parts.when
    values = {
        "categories": "/".join(slug_of(name) for name in parts.categories),
        "title": parts.slug,
        "slug": parts.slug,
        "year": f"{when:%Y}" if when else "",
        "month": f"{when:%m}" if when else "",
        "day": f"{when:%d}" if when else "",
        "i_month": str(when.month) if when else "",
        "i_day": str(when.day) if when else "",
        "short_year": f"{when:%y}" if when else "",
        "y_day": f"{when:%j}" if when else "",
        "hour": f"{when:%H}" if when else "",
        "minute": f"{when:%M}" if when else "",
        "second": f"{when:%S}" if when else "",
    }
    return _SLASHES.sub("/", _JEKYLL_FIELD.sub(lambda match: values[match[1]], text))


def _quoted(url: str) -> str:
    if _PLAIN.fullmatch(url):
        return url
    parts = urlsplit(url)
    try:
        host = parts.netloc.encode("ascii").decode()
    except UnicodeEncodeError:
        # IDNA
        host = (
            parts.netloc.encode("idna", "ignore").decode()
            if len(parts.netloc) < 60  # noqa: PLR2004
            else "invalid"
        )
    path = mend_percents(quote(parts.path, safe=URL_SAFE))
    query = f"?{quote(parts.query, safe=URL_SAFE + '?')}" if parts.query else ""
    fragment = f"#{quote(parts.fragment, safe=URL_SAFE + '?')}" if parts.fragment else ""
    return f"{parts.scheme.lower()}://{host}{path}{query}{fragment}"
