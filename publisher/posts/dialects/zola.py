"""Zola: TOML with ``taxonomies`` and ``extra``.

Its rules of addresses are those of ``content/src/page.rs`` with default settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.languages import is_language, same_language
from publisher.posts.dialects.page import Made, Page, PageRule
from publisher.posts.dialects.site_config import SiteConfig
from publisher.posts.flags import flags, is_never

if TYPE_CHECKING:
    from publisher.posts.dialects.site_config import ConfigFile

_FOLDERS = ("content/blog", "content/posts", "content")
_DATED_NAME = re.compile(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?"
    r"\s?[_-](?P<slug>.+)"
)
_LETTERS = dict.fromkeys("ъЪאءإ־", "-")
"""Letters that python-slugify's table drops and Zola's gives a sign for."""
_SYMBOLS = 0x2000
"""From here on a character without a letter in our table may have words in Zola's (``tada`` for a
party popper)."""


def _make_address(page: Page) -> Made:
    """Follow ``Page::parse``.

    It takes ``path`` as it is, else folders as they are and ``slug`` or name as a slug; it always
    puts a closing slash.
    """
    path = page.text("path").strip()
    if path:
        return Made(f"{path}/", "path")
    folders = page.folders
    name, _, language = page.name.partition(".")
    if not is_language(language) or same_language(language, page.language):
        name, language = page.name, ""
    if page.name.partition(".")[0] == "index" and folders:
        own = folders.pop()
        name = own if name == "index" else name
    elif name == "index":
        return Made(f"{language}/")
    dated = _DATED_NAME.fullmatch(name)
    slug, unknown = _slug(page.text("slug") or (dated["slug"] if dated else name))
    doubt = f"what Zola makes of {unknown!r} cannot be told" if unknown else ""
    return Made("/".join([language, *folders, slug, ""]), doubt=doubt)


def _slug(text: str) -> tuple[str, str]:
    """Make a slug as the crates ``slug`` and ``deunicode`` do.

    It has ASCII letters and digits, and a hyphen for whatever else.

    Also give the first character that their table may have words for, and ours has none.
    """
    from text_unidecode import unidecode  # noqa: PLC0415 - its table is read for Zola sites only

    made = unknown = ""
    for character in text:
        letters = (
            character if character.isascii() else _LETTERS.get(character) or unidecode(character)
        )
        if "[?]" in letters or (not letters and ord(character) >= _SYMBOLS):
            letters, unknown = "-", unknown or character
        made += letters
    return re.sub(r"[^a-z0-9]+", "-", made.lower()).strip("-"), unknown


def _read_config(file: ConfigFile) -> SiteConfig | None:
    if "base_url" not in file.values:
        return None
    values = {
        **file.values,
        "url": file.values["base_url"],
        "language": file.values.get("default_language"),
    }
    return SiteConfig.of("zola", file.name, _FOLDERS, values, content="content")


ZOLA = Dialect(
    name="zola",
    formats=frozenset({"toml"}),
    marks=frozenset({"taxonomies", "extra", "template"}),
    hides=flags("render", is_never),
    config_files=("config.toml",),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=lambda _file, candidate: candidate.is_copied_with(("static",), ("content",)),
    pattern="",
    page_rule=PageRule("path", _make_address),
    content_folders=frozenset({"content"}),
    address_is_id=True,
)
