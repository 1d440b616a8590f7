"""Hugo: addresses of folders and slugs, sections with permalinks of their own.

Its rules of addresses are those of ``common/paths`` and ``resources/page/page_paths.go`` with
default settings.
"""

from __future__ import annotations

import posixpath
import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.languages import is_language, same_language
from publisher.posts.dialects.page import Made, Page, PageRule
from publisher.posts.dialects.site_config import SiteConfig, folder_name, pattern_of
from publisher.posts.flags import Flag, flags, is_never, is_set
from publisher.posts.keys import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from publisher.posts.dialects.site_config import Candidate, ConfigFile

_SECTIONS = ("posts", "post", "blog", "articles", "news")
_ALLOWED = frozenset("./\\_#+~-@")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_FIELD = re.compile(r":\w+(?:\[.+?\])?")
_OPTIONS = frozenset({"list", "render"})
"""Of ``build``: what of it, when never, leaves no page or no place in any list."""


def _is_left_out(value: object) -> bool:
    """Return whether build options say that there is no page, or that it is in no list."""
    if isinstance(value, dict):
        return any(spelled(str(key)) in _OPTIONS and is_never(item) for key, item in value.items())
    return is_never(value)


def _make_address(page: Page) -> Made:
    """Follow ``CreateTargetPaths``.

    It takes ``url`` as it is, else folders and ``slug`` or name, sanitized and in lower case.
    """
    name, language = _name(page)
    url = page.text("url")
    filled, unknown = _filled(page, url)
    if url and not unknown:
        return Made(_url(filled, "" if url.startswith("/") else language), "url")
    folders, is_bundle = page.folders, name == "index"
    if is_bundle:
        name = folders.pop() if folders else ""
    slug = page.text("slug").strip("-")
    last = "" if slug == "index" and not is_bundle else _urlize(slug or _basic(name))
    path = "/".join([language, _urlize(_basic("/".join(folders))), last, ""])
    return Made(path, doubt=f"what Hugo puts for {unknown} cannot be told" if unknown else "")


def _name(page: Page) -> tuple[str, str]:
    """Return the file's name without its language, and the language's folder.

    The name is in lower case when it is ``index``.
    """
    name, _, last = page.name.rpartition(".")
    if not name or not (is_language(last) or same_language(last, page.language)):
        name, last = page.name, page.language
    language = "" if same_language(last, page.language) else last.lower()
    return ("index" if name.lower() == "index" else name), language


def _url(url: str, language: str) -> str:
    if ".." in url:
        url = posixpath.normpath(f"/{url}")
    path = "/".join(part for part in url.split("/") if part not in {"", "."})
    if url.endswith("/") or "." not in url:
        path += "/"
    if path == "index.html" or path.endswith("/index.html"):
        path = path.removesuffix("index.html")
    return f"{language}/{path}" if language and not path.startswith(f"{language}/") else path


def _filled(page: Page, url: str) -> tuple[str, str]:
    """Fill the placeholders of ``url``, which are those of ``[permalinks]``.

    Return the first that cannot be filled, too.
    """
    if ":" not in url:
        return url, ""
    slug, name, folders = page.text("slug").strip("-"), _name(page)[0], page.folders
    name = folders[-1] if name == "index" and folders else name
    values = {
        ":title": _urlize(page.title),
        ":slug": _urlize(slug or page.title),
        ":filename": _urlize(name),
        ":contentbasename": _urlize(name),
        ":slugorfilename": _urlize(slug or name),
        ":slugorcontentbasename": _urlize(slug or name),
        ":section": folders[0].lower() if folders else "",
    }
    if page.when is not None:
        values |= {
            ":year": f"{page.when:%Y}",
            ":month": f"{page.when:%m}",
            ":day": f"{page.when:%d}",
        }
    unknown = next((field for field in _FIELD.findall(url) if field not in values), "")
    return unquote_plus(_FIELD.sub(lambda match: values.get(match[0], ""), url)), unknown


def _basic(text: str) -> str:
    return _lower(text).replace(" ", "-")


def _urlize(text: str) -> str:
    """Keep letters, digits, marks and few signs.

    White space becomes a hyphen, everything else goes.
    """
    kept, pending = "", False
    for index, character in enumerate(text):
        if _allows(text, index):
            if pending and character != "-":
                kept += "-"
            pending = False
            kept += character
        elif kept and kept[-1] != "-" and character.isspace():
            pending = True
    return _lower(kept)


def _allows(text: str, index: int) -> bool:
    character = text[index]
    if character == "%":
        return _ESCAPE.match(text, index) is not None
    return character in _ALLOWED or (
        unicodedata.category(character)[0] in "LM" or unicodedata.category(character) == "Nd"
    )


def _lower(text: str) -> str:
    """Lower letter by letter, as Go does: no final sigma, no second dot on an i."""
    return "".join(character.lower()[:1] for character in text)


def _read_config(file: ConfigFile) -> SiteConfig | None:
    """Read a configuration; a section with a permalink of its own is where the posts are."""
    values = file.lowered()
    if "baseurl" not in values and not file.name.startswith("hugo."):
        return None
    content = _content_folder(values)
    given = values.get("permalinks")
    pages = given.get("page", given) if isinstance(given, dict) else {}
    written = (
        {str(key): text for key, text in pages.items() if isinstance(text, str)}
        if isinstance(pages, dict)
        else {}
    )
    known = [
        *(key for key in _SECTIONS if key in written),
        *sorted(written.keys() - set(_SECTIONS) - {"/"}),
    ]
    patterns = {f"{content}/{key}": pattern_of(_in_section(written[key], key)) for key in known}
    language = (
        values.get("languagecode") or values.get("locale") or values.get("defaultcontentlanguage")
    )
    return SiteConfig.of(
        "hugo",
        file.name,
        tuple(dict.fromkeys((*(f"{content}/{key}" for key in (*known, *_SECTIONS)), content))),
        {**values, "url": values.get("baseurl"), "language": language},
        content=content,
        patterns={key: text for key, text in patterns.items() if text},
    )


def _content_folder(values: Mapping[str, object]) -> str:
    """Return the content folder.

    That of the default language, where the languages have their own.
    """
    languages = values.get("languages")
    name = str(values.get("defaultcontentlanguage") or "en")
    own = languages.get(name) if isinstance(languages, dict) else None
    folded = (
        {str(key).lower(): value for key, value in own.items()} if isinstance(own, dict) else {}
    )
    return folder_name(folded.get("contentdir") or values.get("contentdir") or "content")


def _in_section(permalink: str, section: str) -> str:
    """Name the section in its permalink.

    The posts folder is the section's, and ``{path}`` begins below it.
    """
    return re.sub(r":section(?!s)", section, permalink.replace(":sections", f"{section}/{{path}}"))


def _copies(file: ConfigFile, candidate: Candidate) -> bool:
    static, content = (
        file.values.get(f"{kind}Dir") or file.values.get(f"{kind}dir") or kind
        for kind in ("static", "content")
    )
    return candidate.is_copied_with(_folder_names(static), _folder_names(content))


def _folder_names(written: object) -> list[str]:
    return [
        folder_name(name) for name in (written if isinstance(written, list) else [written]) if name
    ]


HUGO = Dialect(
    name="hugo",
    keys=("lastmod", "publishdate"),
    formats=frozenset({"toml"}),
    hides={**flags("headless", is_set), "build": Flag(_is_left_out, "{key}: never")},
    comments=frozenset({"hugo"}),
    config_files=(
        "hugo.toml", "hugo.yaml", "hugo.yml", "hugo.json", "config.toml", "config.yaml",
        "config.yml",
    ),
    read_config=_read_config,
    folders=("content",),
    copies=_copies,
    pattern="",
    page_rule=PageRule("url", _make_address),
    content_folders=frozenset({"content"}),
    content_by_language=True,
    keeps_names=True,
    address_is_id=True,
)  # fmt: skip
