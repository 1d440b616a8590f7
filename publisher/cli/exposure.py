"""What of the state somebody else could get.

That is: served, copied into the site, committed, or read on this machine.

::

    every start --refuse_exposed()--> ConfigError where the public folder holds it
                --start_warnings()--> what else would be served, or copied by a generator
    check       --exposures()-------> all of that, and what a repository or other users get

A state of an older version stays where it is: it is told, and moved by whoever runs it.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from publisher.config.places import KEPT_BESIDE, holds, private_places
from publisher.config.secrets import has_password
from publisher.errors import ConfigError, Level, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from publisher.config import Config

DOT_FOLDER = ".publisher"
"""Where ``init`` puts what is for the program alone: most generators leave out names with a dot."""
_STATE_URL = "PUBLISHER_STATE__URL"
_EXPORTS = "output.newsletters"
_DEEPEST = 100


def refuse_exposed(config: Config) -> None:
    """Refuse to work where everybody would be served the state, the keys, messages or newsletters.

    Raises:
        ConfigError: The public folder holds them.
    """
    served = list(_served(config))
    if served:
        raise ConfigError("\n".join(problem.found for problem in served), cure=served[0].cure)


def start_warnings(config: Config) -> Iterator[Problem]:
    """Name what is to be told at every start, though it works.

    A refusal would stop mail that went out until now.
    """
    yield from _beside_the_feeds(config)
    yield from _copied(config)


def exposures(config: Config, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Name everything of the state that somebody else gets or could get."""
    yield from _served(config)
    yield from start_warnings(config)
    yield from _committed(config)
    yield from _readable(config, environ)


def _served(config: Config) -> Iterator[Problem]:
    """Name what lies in the public folder, or is reached by a link in it."""
    public, name = config.public_folder, config.path.name
    cure = (
        'Give the feeds a folder of their own, such as output.public = "public", and move what is'
        " private out of it."
    )
    for key, place in private_places(config).items():
        if holds(public, place):
            found = (
                f"output.public ({config.output.public}) holds {key} ({place}): everybody could"
                " read it."
            )
            yield Problem(name, None, Level.ERROR, found, cure)
            continue
        for link in _links(public):
            if holds(link, place) or holds(place, link):
                found = (
                    f"{link} is a link to {key} ({place}): everybody could read it by"
                    " output.public."
                )
                yield Problem(name, None, Level.ERROR, found, f"Remove the link: rm {link}")


def _links(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_symlink()]
    except OSError:  # not there yet
        return []


def _beside_the_feeds(config: Config) -> Iterator[Problem]:
    public, name = config.public_folder, config.path.name
    for what, place in (("the posts", config.posts_folder), ("the configuration", config.path)):
        if holds(public, place):
            found = (
                f"output.public ({config.output.public}) holds {what} ({place}): drafts and"
                " settings would be served too."
            )
            yield Problem(
                name,
                None,
                Level.WARNING,
                found,
                'Give the feeds a folder of their own: output.public = "public".',
            )
    for key, place in private_places(config).items():
        if place != config.password_file and holds(place, public) and not holds(public, place):
            found = f"output.public ({config.output.public}) lies inside {key} ({place})."
            yield Problem(
                name,
                None,
                Level.WARNING,
                found,
                "Put it beside that folder, which no web server should enter.",
            )


def _copied(config: Config) -> Iterator[Problem]:
    """Name what the generator of a site around it would take into what it builds."""
    for key, place in _folders(config).items():
        by = generator_that_copies(place, has_pages=key == _EXPORTS)
        if by:
            found = (
                f"{by} would copy {key} ({place}) into the site it builds, for everybody to read."
            )
            level = Level.WARNING if key == _EXPORTS else Level.ERROR
            yield Problem(config.path.name, None, level, found, _where_to(config, key))


def generator_that_copies(place: Path, *, has_pages: bool = False) -> str:
    """Name the generator that would publish a path, by the configuration in a folder above it.

    The name is empty where there is none.

    Args:
        place: An absolute path, which need not exist.
        has_pages: It holds HTML, which some generators take for pages.
    """
    from publisher.posts.dialects.recognition import FILES, is_copied, recognise

    real = Path(os.path.realpath(place))
    for folder in real.parents[:_DEEPEST]:
        texts = {file: _text(folder / file) for file in FILES if (folder / file).is_file()}
        found = recognise(texts) if texts else None
        if found is None:
            continue
        ignored = [
            line
            for file in (".gitignore", ".eleventyignore")
            for line in _text(folder / file).splitlines()
        ]
        below = PurePosixPath(real.relative_to(folder).as_posix())
        return (
            found.name.capitalize()
            if is_copied(found, texts[found.file], below, has_pages=has_pages, ignored=ignored)
            else ""
        )
    return ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _committed(config: Config) -> Iterator[Problem]:
    from publisher.system.git import is_ignored, is_tracked

    for key, place in _folders(config).items():
        if is_tracked(place):
            if key != _EXPORTS:  # who committed newsletters meant to
                found = (
                    f"Files of {key} ({place}) are in git: whoever gets the repository has them."
                )
                cure = (
                    f"git rm -r --cached {place}, a line for it in .gitignore, and new keys where"
                    " others had the repository."
                )
                yield Problem(config.path.name, None, Level.ERROR, found, cure)
        elif is_ignored(place) is False:
            found = f"git does not ignore {key} ({place}): the next 'git add' may take it."
            line = os.path.relpath(place, config.path.parent)
            cure = f"Add a line to .gitignore: {line if not line.startswith('..') else place.name}/"
            yield Problem(config.path.name, None, Level.WARNING, found, cure)


def _readable(config: Config, environ: Mapping[str, str]) -> Iterator[Problem]:
    """Name secrets that other users of this machine can read."""
    for path in _files_of_state(config.state_folder):
        mode = _mode(path)
        if mode & 0o077:
            found = f"{path} may be read by others (mode {mode:04o})."
            yield Problem("", None, Level.WARNING, found, f"chmod 600 {path}")
    secret = config.password_file
    if secret is not None and _mode(secret) & stat.S_IRWXO:
        found = (
            f"smtp.password_file {secret} may be read by everybody on this machine (mode"
            f" {_mode(secret):04o})."
        )
        yield Problem(config.path.name, None, Level.WARNING, found, f"chmod 600 {secret}")
    if has_password(config.state.url) and _STATE_URL not in environ:
        others = _mode(config.path) & stat.S_IRWXO
        whose = (
            f", and everybody on this machine may read it (mode {_mode(config.path):04o})"
            if others
            else ""
        )
        found = f"state.url holds a password: a configuration is shared and backed up{whose}."
        cure = f"Set {_STATE_URL} in the environment instead, or leave the password to ~/.pgpass."
        yield Problem(config.path.name, None, Level.WARNING, found, cure)


def _files_of_state(folder: Path) -> list[Path]:
    try:
        return sorted(
            path for path in folder.iterdir() if path.is_file() and path.name != ".gitignore"
        )
    except OSError:
        return []


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0


def _folders(config: Config) -> dict[str, Path]:
    return {key: place for key, place in private_places(config).items() if key in KEPT_BESIDE}


def _where_to(config: Config, key: str) -> str:
    """Return where a folder is out of a generator's way."""
    name = key.rpartition(".")[2] if key != "state.folder" else "state"
    inside = _folders(config)[key].is_relative_to(config.path.parent / DOT_FOLDER)
    if inside:
        return (
            f"Tell the generator to leave {DOT_FOLDER} out (Eleventy: a line in .eleventyignore),"
            " or put it outside the site."
        )
    return (
        f"Stop Publisher, move the folder to {DOT_FOLDER}/{name} and set {key} ="
        f' "{DOT_FOLDER}/{name}".'
    )
