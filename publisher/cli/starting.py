"""``publisher init``: a starter site, or a configuration beside an existing one."""

from __future__ import annotations

import os
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from publisher.app import now
from publisher.cli.exposure import DOT_FOLDER, generator_that_copies
from publisher.cli.printing import console, print_problems
from publisher.config import load_config
from publisher.database.sqlite import FILE_NAME
from publisher.errors import UsageError
from publisher.posts.dialects.recognition import FILES, recognise
from publisher.posts.dialects.registry import PRESETS, preset_of
from publisher.posts.folder import PostsFolder
from publisher.posts.permalinks import section_of
from publisher.posts.unread_formats import tell_unread
from publisher.system.private_files import keep_out_of_git, make_private_folder

if TYPE_CHECKING:
    from publisher.posts.dialects.site_config import SiteConfig

_USUAL = ("posts", "_posts", "content/posts", "content/blog", "content", "blog", "articles", ".")
"""Where posts are when no generator is known."""

_FIRST = """---
title: Hello from {title}
date: {day}
tags: [hello]
---

This is a published post. It is in the feeds already, and because it was here at the first run \
it is mailed to nobody.

Edit it, or delete it, whenever you like.
"""

_DRAFT = """---
title: My first announcement
date: {day}
draft: true
---

This post is a draft: it is in no feed and no newsletter.

To publish it, set `draft: false` above and save. The feeds follow within a second, \
and a newsletter is composed.
"""


def start(folder: Path, *, preset: str, url: str, title: str, zone: str) -> None:
    """Write a configuration, and two posts where there is no site yet; touch nothing that exists.

    Raises:
        UsageError: A configuration of ours exists, or the preset is unknown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = recognise(
        {
            name: (folder / name).read_text("utf-8", "replace")
            for name in FILES
            if (folder / name).is_file()
        }
    )
    target = folder / (
        "publisher.toml"
        if found is not None or (folder / "config.toml").exists()
        else "config.toml"
    )
    ours = next(
        (path for path in (folder / "publisher.toml", folder / "config.toml") if _is_ours(path)),
        None,
    )
    if ours is not None or target.exists():
        raise UsageError(
            f"{ours or target} is there already.",
            cure="Edit it, or remove it first; 'publisher check' says what is wrong in it.",
        )
    if preset and preset not in PRESETS:
        raise UsageError(
            f"{preset!r} is no known generator.", cure=f"Known are {', '.join(PRESETS)}."
        )
    values = _values(folder, found, preset=preset, url=url, title=title, zone=zone)
    target.write_text(_config(values), "utf-8")
    config = load_config(target, {})
    written = [
        target,
        *_make_dot_folder(folder, values),
        *_starter(folder / values["folder"], values["title"]),
    ]
    for path in written:
        console.print(f"Wrote    {path}")
    if found is not None:
        console.print(
            f"Found    a {found.name.capitalize()} site ({found.file}); posts in"
            f" {values['folder']}, addresses {values['pattern']}"
        )
        copies = generator_that_copies(config.newsletters_folder, has_pages=True)
        if copies:
            console.print(
                f"First    tell {copies} to leave {DOT_FOLDER}/ alone (Eleventy: that line in"
                " .eleventyignore): it publishes all"
            )
        console.print(
            "Next     publisher adopt OLD-FEED-ADDRESS      (keeps the ids your readers know)"
        )
    print_problems(tell_unread(PostsFolder(config).scan().unread, values["folder"]), "")
    where = f" -c {target}" if folder.resolve() != Path.cwd() else ""
    console.print(f"Next     publisher check{where}, then publisher build{where}")


def _is_ours(path: Path) -> bool:
    """Return whether a file is a configuration of this program: it has a ``[site]``."""
    return (
        path.is_file()
        and re.search(r"^\[site\]", path.read_text("utf-8", "replace"), re.MULTILINE) is not None
    )


def _values(
    folder: Path, found: SiteConfig | None, *, preset: str, url: str, title: str, zone: str
) -> dict[str, str]:
    name = (
        title or (found.title if found else "") or folder.resolve().name.replace("-", " ").title()
    )
    address = url or (found.url if found else "")
    if sys.stdin.isatty() and sys.stdout.isatty():
        name = title or input(f"Name of the site [{name}]: ").strip() or name
        address = (
            url
            or input(f"Address of the site [{address or 'https://example.org'}]: ").strip()
            or address
        )
    folders = [
        where for where in (found.folders if found else _USUAL) if _holds_posts(folder, where)
    ]
    language = (found.language if found else "") or "en"
    pattern = preset or _pattern(found, folders) or "/{slug}/"
    return {
        "title": name,
        "url": address or "https://example.org",
        "zone": zone or (found.zone if found else "") or machine_zone(),
        "language": language,
        "author": found.author if found else "",
        "folder": folders[0] if folders else "posts",
        "public": "feeds" if found is not None else "public",
        "pattern": pattern,
        **_section(found, folders, pattern, language),
        "require": "publish" if (folder / ".obsidian").is_dir() else "",
        # A state of an older configuration is found again where that had it.
        "beside": "" if (folder / "state" / FILE_NAME).exists() else f"{DOT_FOLDER}/",
    }


def _pattern(found: SiteConfig | None, folders: list[str]) -> str:
    if found is None:
        return ""
    return found.patterns.get(folders[0], found.pattern) if folders else found.pattern


def _section(
    found: SiteConfig | None, folders: list[str], pattern: str, language: str
) -> dict[str, str]:
    """Return which section the posts folder is, where its name does not tell."""
    is_ruled = preset_of(pattern).page_rule is not None
    section = found.section_of(folders[0]) if found and folders and is_ruled else None
    guessed = section_of(folders[0], pattern, language) if folders else ""
    return {} if section in {None, guessed} else {"section": section or ""}


def _holds_posts(folder: Path, where: str) -> bool:
    """Check whether a folder may hold posts.

    The site's own folder may only when a file in it begins with front matter.
    """
    if where != ".":
        return (folder / where).is_dir()
    texts = (
        path
        for path in sorted(folder.glob("*.md")) + sorted(folder.glob("*/*.md"))
        if path.is_file()
    )
    return any(
        re.match(rb"(?:\xef\xbb\xbf)?(---|\+\+\+|;;;)\s", path.read_bytes()[:8]) for path in texts
    )


def machine_zone() -> str:
    """Return the machine's IANA time zone; UTC where it cannot be told."""
    candidates = [os.environ.get("TZ", "")]
    link = os.path.realpath("/etc/localtime")
    candidates.append(link.partition("/zoneinfo/")[2])
    for name in candidates:
        try:
            if name and not name.startswith(":"):
                ZoneInfo(name)
                return name.removeprefix("Etc/") if name == "Etc/UTC" else name
        except (KeyError, ValueError, OSError):
            continue
    return "UTC"


def _config(values: dict[str, str]) -> str:
    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", " ", escaped) + '"'

    author = f"author = {quoted(values['author'])}\n" if values["author"] else ""
    require = f"require = {quoted(values['require'])}\n" if values["require"] else ""
    section = f"section = {quoted(values['section'])}\n" if "section" in values else ""
    return f"""# Publisher's configuration; every key: docs/reference/configuration.md

[site]
title = {quoted(values["title"])}
url = {quoted(values["url"])}
language = {quoted(values["language"])}
timezone = {quoted(values["zone"])}
{author}
[posts]
folder = {quoted(values["folder"])}
url = {quoted(values["pattern"])}
{section}{require}
[output]
public = {quoted(values["public"])}
newsletters = {quoted(values["beside"] + "newsletters")}

[newsletter]
# from = "You <you@example.org>"
# postal_address = "1 Street, Town"

# Addresses of readers, keys and messages: never serve, copy or commit these folders.
[delivery]
maildir = {quoted(values["beside"] + "maildir")}

[state]
folder = {quoted(values["beside"] + "state")}
"""


def _make_dot_folder(folder: Path, values: dict[str, str]) -> list[Path]:
    """Make the folder of what is for the program alone, and keep it out of git."""
    if not values["beside"]:
        return []
    made = folder / DOT_FOLDER
    make_private_folder(made)
    keep_out_of_git(made)
    return [made]


def _starter(posts: Path, title: str) -> list[Path]:
    """Write one published post and one draft where there is no posts folder yet."""
    if posts.exists():
        return []
    posts.mkdir(parents=True)
    day = (now() - timedelta(days=1)).strftime("%Y-%m-%d")
    files = {
        "hello.md": _FIRST.format(title=title, day=day),
        "first-announcement.md": _DRAFT.format(day=day),
    }
    for name, text in files.items():
        (posts / name).write_text(text, "utf-8")
    return [posts / name for name in files]
