"""Eleventy: addresses of folders and names as they are, configuration in JavaScript.

Its rules of addresses are those of ``TemplatePermalink.js`` with default settings.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from publisher.posts.dialects.base import Dialect
from publisher.posts.dialects.page import Made, Page, PageRule
from publisher.posts.dialects.site_config import SiteConfig, folder_name
from publisher.posts.flags import Flag, flags, is_never, is_set

if TYPE_CHECKING:
    from publisher.posts.dialects.site_config import Candidate, ConfigFile

_FOLDERS = ("src/posts", "content/blog", "src/blog", "posts", "blog", "content", "src")
_TEMPLATE = re.compile(r"\{\{|\{%")
_INPUT_FOLDER = re.compile(r"""(?:\binput["']?\s*:|\.setInputDirectory\()\s*(["'`])([^"'`]*)\1""")
_INPUT = re.compile(r"\binput\s*:\s*[\"']([^\"']+)")
_PASSTHROUGH = re.compile(r"addPassthroughCopy\(\s*\{?\s*[\"'`]([^\"'`]+)")


def _make_address(page: Page) -> Made:
    """Follow ``TemplatePermalink``.

    It takes ``permalink`` as it is, else folders and name as they are, with date and capitals.
    """
    permalink = _permalink(page)
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


def _permalink(page: Page) -> str:
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


def _read_config(file: ConfigFile) -> SiteConfig:
    """Read the input folder where the configuration says it as text."""
    match = _INPUT_FOLDER.search(file.text)
    content = folder_name(match[2]) if match else None
    content = "" if content == "." else content
    usual = (f"{content}/posts", f"{content}/blog", *_FOLDERS, content) if content else _FOLDERS
    return SiteConfig.of("eleventy", file.name, tuple(dict.fromkeys(usual)), {}, content=content)


def _copies(file: ConfigFile, candidate: Candidate) -> bool:
    """Check whether Eleventy copies a folder, or makes pages of what is in it.

    Eleventy copies what is named to it, and makes pages of every template of its input, in folders
    with a dot as well.
    """
    for written in _PASSTHROUGH.findall(file.text):
        if candidate.lies_in(folder_name(re.split(r"[*{]", written, maxsplit=1)[0])):
            return True
    found = _INPUT.search(file.text)
    named = {
        line.strip().removeprefix("./").strip("/*")
        for line in candidate.ignored
        if not line.startswith(("#", "!"))
    } - {""}
    is_ignored = any(candidate.lies_in(name) or name in candidate.folder.parts for name in named)
    inside = candidate.lies_in(folder_name(found[1]) if found else "")
    return candidate.has_pages and inside and not is_ignored


ELEVENTY = Dialect(
    name="eleventy",
    keys=("eleventynavigation", "eleventyexcludefromcollections"),
    collections=frozenset({"post", "posts"}),
    hides={
        "eleventyexcludefromcollections": Flag(is_set, "eleventyExcludeFromCollections: {value}"),
        **flags("permalink", is_never),
    },
    comments=frozenset({"liquid", "liquid_line", "jinja"}),
    config_files=(
        "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts",
        ".eleventy.js",
    ),
    read_config=_read_config,
    folders=_FOLDERS,
    copies=_copies,
    pattern="",
    page_rule=PageRule("permalink", _make_address),
    content_folders=frozenset({"content", "contents", "src"}),
    content_at_root=True,
    address_is_id=True,
)  # fmt: skip
