"""Where Hugo, Eleventy and Zola write a page.

Their own rules, step by step, over one file's path and front matter.

What is tested against is what the generators write. The rules are those of their sources: Hugo's
``common/paths`` and ``resources/page/page_paths.go``, Eleventy's ``TemplatePermalink.js``, Zola's
``content/src/page.rs``; each with the generator's default settings.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote_plus

from publisher.system.urls import URL_SAFE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


_SAFE = URL_SAFE.replace("%", "")
"""What a path may hold as it is; a percent sign in a file's name is one, and no escape."""
_SLASHES = re.compile(r"/{2,}")
_TEMPLATE = re.compile(r"\{\{|\{%")

_LANGUAGES = (
    " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch cr cs cu cv cy da"
    " de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy"
    " hz id ig ii ik is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky lb lg li ln lo lt"
    " lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl"
    " ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn sq sr ss st su sv sw ta te tg th ti tk"
    " tl tn tr tt tw ty ug uk ur uz ve vi wa wo xh yi yo za zh zu "
)
"""ISO 639-1, without those that names of software, hosts and files end in (``draw.io``,
``index.ts``): io co so to ts la."""
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_](?:[a-z]{2}|[a-z]{4}|[0-9]{3}))?", re.IGNORECASE)

_HUGO_ALLOWED = frozenset("./\\_#+~-@")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_HUGO_FIELD = re.compile(r":\w+(?:\[.+?\])?")
_ZOLA_DATE = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?"
    r"\s?[_-](?P<slug>.+)"
)
_ZOLA_LETTERS = dict.fromkeys("ъЪאءإ־", "-")
"""Letters that python-slugify's table drops and Zola's gives a sign for."""
_SYMBOLS = 0x2000
"""From here on a character without a letter in our table may have words in Zola's (``tada`` for a
party popper)."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a generator makes an address of.

    Attributes:
        path: Of the file, below the generator's content folder.
        keys: Front matter, keys in lower case.
        title: Of the post.
        when: Published instant in the site's zone, or None.
        language: Of the site: its pages have no language in their address.
    """

    path: str
    keys: Mapping[str, object]
    title: str = ""
    when: datetime | None = None
    language: str = "en"

    @property
    def folders(self) -> list[str]:
        """Folders of the file."""
        return self.path.split("/")[:-1]

    @property
    def name(self) -> str:
        """Name of the file without its ending."""
        name = self.path.rpartition("/")[2]
        return name.rpartition(".")[0] or name

    def text(self, key: str) -> str:
        """Return a key's text, or a number as text; empty when it holds neither."""
        value = self.keys.get(key)
        return (
            str(value)
            if isinstance(value, str | int | float) and not isinstance(value, bool)
            else ""
        )


class Made(NamedTuple):
    """The address of a page.

    Attributes:
        path: Below the site's address, not percent-encoded.
        key: Of the front matter that says it; empty when its folders, name or slug do.
        doubt: Why only the generator can tell it, and the path is a guess; empty when it is none.
    """

    path: str
    key: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one generator makes addresses.

    Attributes:
        key: Of the front matter, that says the whole address.
        make: Gives the address of a page.
    """

    key: str
    make: Callable[[Page], Made]


def encoded(path: str) -> str:
    """Return a path as it is written in an address: percent-encoded, without double slashes."""
    return quote(_SLASHES.sub("/", f"/{path}"), safe=_SAFE, errors="replace")


def _hugo(page: Page) -> Made:
    """Follow ``CreateTargetPaths``.

    It takes ``url`` as it is, else folders and ``slug`` or name, sanitized and in lower case.
    """
    name, language = _hugo_name(page)
    url = page.text("url")
    filled, unknown = _hugo_filled(page, url)
    if url and not unknown:
        return Made(_hugo_url(filled, "" if url.startswith("/") else language), "url")
    folders, is_bundle = page.folders, name == "index"
    if is_bundle:
        name = folders.pop() if folders else ""
    slug = page.text("slug").strip("-")
    last = "" if slug == "index" and not is_bundle else _hugo_urlize(slug or _hugo_basic(name))
    path = "/".join([language, _hugo_urlize(_hugo_basic("/".join(folders))), last, ""])
    return Made(path, doubt=f"what Hugo puts for {unknown} cannot be told" if unknown else "")


def _hugo_name(page: Page) -> tuple[str, str]:
    """Return the file's name without its language, and the language's folder.

    The name is in lower case when it is ``index``.
    """
    name, _, last = page.name.rpartition(".")
    if not name or not (_is_language(last) or _same_language(last, page.language)):
        name, last = page.name, page.language
    language = "" if _same_language(last, page.language) else last.lower()
    return ("index" if name.lower() == "index" else name), language


def _hugo_url(url: str, language: str) -> str:
    if ".." in url:
        url = posixpath.normpath(f"/{url}")
    path = "/".join(part for part in url.split("/") if part not in {"", "."})
    if url.endswith("/") or "." not in url:
        path += "/"
    if path == "index.html" or path.endswith("/index.html"):
        path = path.removesuffix("index.html")
    return f"{language}/{path}" if language and not path.startswith(f"{language}/") else path


def _hugo_filled(page: Page, url: str) -> tuple[str, str]:
    """Fill the placeholders of ``url``, which are those of ``[permalinks]``.

    Return the first that cannot be filled, too.
    """
    if ":" not in url:
        return url, ""
    slug, name, folders = page.text("slug").strip("-"), _hugo_name(page)[0], page.folders
    name = folders[-1] if name == "index" and folders else name
    values = {
        ":title": _hugo_urlize(page.title),
        ":slug": _hugo_urlize(slug or page.title),
        ":filename": _hugo_urlize(name),
        ":contentbasename": _hugo_urlize(name),
        ":slugorfilename": _hugo_urlize(slug or name),
        ":slugorcontentbasename": _hugo_urlize(slug or name),
        ":section": folders[0].lower() if folders else "",
    }
    if page.when is not None:
        values |= {
            ":year": f"{page.when:%Y}",
            ":month": f"{page.when:%m}",
            ":day": f"{page.when:%d}",
        }
    unknown = next((field for field in _HUGO_FIELD.findall(url) if field not in values), "")
    return unquote_plus(_HUGO_FIELD.sub(lambda match: values.get(match[0], ""), url)), unknown


def _hugo_basic(text: str) -> str:
    return _lower(text).replace(" ", "-")


def _hugo_urlize(text: str) -> str:
    """Keep letters, digits, marks and few signs.

    White space becomes a hyphen, everything else goes.
    """
    kept, pending = "", False
    for index, character in enumerate(text):
        if _hugo_allows(text, index):
            if pending and character != "-":
                kept += "-"
            pending = False
            kept += character
        elif kept and kept[-1] != "-" and character.isspace():
            pending = True
    return _lower(kept)


def _hugo_allows(text: str, index: int) -> bool:
    character = text[index]
    if character == "%":
        return _ESCAPE.match(text, index) is not None
    return character in _HUGO_ALLOWED or (
        unicodedata.category(character)[0] in "LM" or unicodedata.category(character) == "Nd"
    )


def _lower(text: str) -> str:
    """Lower letter by letter, as Go does: no final sigma, no second dot on an i."""
    return "".join(character.lower()[:1] for character in text)


def _eleventy(page: Page) -> Made:
    """Follow ``TemplatePermalink``.

    It takes ``permalink`` as it is, else folders and name as they are, with date and capitals.
    """
    permalink = _eleventy_permalink(page)
    doubt = "it is a template, which only Eleventy runs" if _TEMPLATE.search(permalink) else ""
    if permalink and not doubt:
        link = posixpath.normpath(
            f"/{permalink.lstrip('/')}{'index.html' if permalink.endswith('/') else ''}"
        )
        return Made(re.sub(r"/index(?:\.html)?$", "/", link), "permalink")
    folders = page.folders
    names = (
        folders if page.name == "index" or folders[-1:] == [page.name] else [*folders, page.name]
    )
    return Made("".join(f"{name}/" for name in names), doubt=doubt)


def _eleventy_permalink(page: Page) -> str:
    """Return the ``permalink`` of the front matter, also one of ``eleventyComputed``.

    Of one with several it is the ``build``.
    """
    permalink = page.keys.get("permalink")
    computed = page.keys.get("eleventycomputed")
    if isinstance(computed, dict):
        permalink = computed.get("permalink", permalink)
    if isinstance(permalink, dict):
        permalink = permalink.get("build")
    return permalink if isinstance(permalink, str) else ""


def _zola(page: Page) -> Made:
    """Follow ``Page::parse``.

    It takes ``path`` as it is, else folders as they are and ``slug`` or name as a slug; it always
    puts a closing slash.
    """
    path = page.text("path").strip()
    if path:
        return Made(f"{path}/", "path")
    folders = page.folders
    name, _, language = page.name.partition(".")
    if not _is_language(language) or _same_language(language, page.language):
        name, language = page.name, ""
    if page.name.partition(".")[0] == "index" and folders:
        own = folders.pop()
        name = own if name == "index" else name
    elif name == "index":
        return Made(f"{language}/")
    dated = _ZOLA_DATE.fullmatch(name)
    slug, unknown = _zola_slug(page.text("slug") or (dated["slug"] if dated else name))
    doubt = f"what Zola makes of {unknown!r} cannot be told" if unknown else ""
    return Made("/".join([language, *folders, slug, ""]), doubt=doubt)


def _zola_slug(text: str) -> tuple[str, str]:
    """Make a slug as the crates ``slug`` and ``deunicode`` do.

    It has ASCII letters and digits, and a hyphen for whatever else.

    Also give the first character that their table may have words for, and ours has none.
    """
    from text_unidecode import unidecode  # noqa: PLC0415 - needed for Zola sites only

    made = unknown = ""
    for character in text:
        letters = (
            character
            if character.isascii()
            else _ZOLA_LETTERS.get(character) or unidecode(character)
        )
        if "[?]" in letters or (not letters and ord(character) >= _SYMBOLS):
            letters, unknown = "-", unknown or character
        made += letters
    return re.sub(r"[^a-z0-9]+", "-", made.lower()).strip("-"), unknown


def _is_language(text: str) -> bool:
    match = _LANGUAGE.fullmatch(text)
    return match is not None and f" {match[1].lower()} " in _LANGUAGES


def _same_language(text: str, language: str) -> bool:
    return text.replace("_", "-").lower() in {language.lower(), language.partition("-")[0].lower()}


RULES: Mapping[str, Rule] = {
    "hugo": Rule("url", _hugo),
    "eleventy": Rule("permalink", _eleventy),
    "zola": Rule("path", _zola),
}
"""By the name of the preset."""
