"""Which folders of a site its generator takes into what it builds.

It is known as far as the generator's configuration says so as text.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from publisher.posts.dialects.generators import values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath

    from publisher.posts.dialects.generators import Generator


_WHOLE = {"hugo": "static", "zola": "static", "astro": "public"}
"""The folder of which everything is copied, files with a dot as well (Hugo, Zola and Astro, on
static files)."""
_CONTENT = {"hugo": "content", "zola": "content", "pelican": "content", "astro": "src/pages"}
"""The folder of which everything but files with a dot is copied or made into pages."""
_NOT_COPIED = (".", "_", "#", "~")
"""First characters of names that Jekyll leaves out (its EntryFilter)."""
_PASSTHROUGH = re.compile(r"addPassthroughCopy\(\s*\{?\s*[\"'`]([^\"'`]+)")
_INPUT = re.compile(r"\binput\s*:\s*[\"']([^\"']+)")


def is_copied(
    generator: Generator,
    text: str,
    folder: PurePosixPath,
    *,
    has_pages: bool,
    ignored: Sequence[str] = (),
) -> bool:
    """Return whether a generator would publish what is in a folder.

    Args:
        generator: Whose site it is.
        text: Of its configuration file.
        folder: Relative to the folder of that file.
        has_pages: There is HTML or Markdown in it, which some take for pages.
        ignored: Lines of ``.gitignore`` and ``.eleventyignore``, which Eleventy heeds.
    """
    values = values_of(generator.file, text)
    match generator.name:
        case "jekyll":
            return _by_jekyll(values, folder)
        case "eleventy":
            return _by_eleventy(text, folder, has_pages=has_pages, ignored=ignored)
        case "wordpress":
            return True  # its folder is the web server's
    whole = _folders(_WHOLE.get(generator.name), values.get("staticDir") or values.get("staticdir"))
    content = _folders(
        _CONTENT.get(generator.name), values.get("contentDir") or values.get("contentdir")
    )
    if generator.name == "pelican":
        written = re.search(r"^PATH\s*=\s*[\"']([^\"']*)", text, re.MULTILINE)
        content = _folders(written[1] if written else "content", None)
    if any(_lies_in(folder, top) for top in whole):
        return True
    return any(
        _lies_in(folder, top) and not any(part.startswith(".") for part in folder.parts)
        for top in content
    )


def _folders(usual: str | None, written: object) -> list[str]:
    given = written if isinstance(written, list) else [written or usual]
    return [str(name).strip("/").removeprefix("./") for name in given if name]


def _lies_in(folder: PurePosixPath, top: str) -> bool:
    return top in {"", "."} or folder.is_relative_to(top)


def _by_jekyll(values: dict[str, Any], folder: PurePosixPath) -> bool:
    source = str(values.get("source") or ".").strip("/").removeprefix("./")
    if not _lies_in(folder, source):
        return False
    entry = ""
    for part in (folder.relative_to(source) if source not in {"", "."} else folder).parts:
        entry = f"{entry}/{part}"
        if _matches(values.get("include"), entry) or _matches(values.get("include"), f"/{part}"):
            continue
        if (
            part.startswith(_NOT_COPIED)
            or part.endswith("~")
            or _matches(values.get("exclude"), entry)
        ):
            return False
    return True


def _matches(globs: object, entry: str) -> bool:
    listed = globs if isinstance(globs, list) else []
    written = (f"/{str(glob).lstrip('/')}" for glob in listed if glob)
    return any(
        fnmatchcase(entry, glob) or fnmatchcase(f"{entry}/", glob) or entry.startswith(glob)
        for glob in written
    )


def _by_eleventy(
    text: str, folder: PurePosixPath, *, has_pages: bool, ignored: Iterable[str]
) -> bool:
    """Check whether Eleventy copies a folder, or makes pages of what is in it.

    Eleventy copies what is named to it, and makes pages of every template of its input, in folders
    with a dot as well.
    """
    for written in _PASSTHROUGH.findall(text):
        top = re.split(r"[*{]", written, maxsplit=1)[0].removeprefix("./").strip("/")
        if _lies_in(folder, top):
            return True
    found = _INPUT.search(text)
    top = found[1].removeprefix("./").strip("/") if found else ""
    named = {
        line.strip().removeprefix("./").strip("/*")
        for line in ignored
        if not line.startswith(("#", "!"))
    } - {""}
    is_ignored = any(_lies_in(folder, name) or name in folder.parts for name in named)
    return has_pages and _lies_in(folder, top) and not is_ignored
