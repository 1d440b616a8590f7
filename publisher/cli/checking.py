"""``publisher check``: everything that is wrong, without writing anything."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from publisher.app import now, open_site
from publisher.cli.exposure import exposures
from publisher.cli.printing import config_of, console, print_json, print_problems
from publisher.database.sqlite import FILE_NAME
from publisher.errors import Level, Problem, PublisherError, fault_of
from publisher.markup.render import render
from publisher.posts.dialects.registry import comments_of
from publisher.posts.folder import PostsFolder
from publisher.posts.models import FileKind, Post, Reading
from publisher.posts.unread_formats import tell_unread
from publisher.publishing.own_templates import template_problems
from publisher.publishing.report import problem_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from publisher.config import Config

_LOCAL_IMAGE = re.compile(
    r"!\[[^\[\]]*\]\(\s*<?([^)\s>]+)|<img\b[^<>]*? src\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE
)


def check_site(given: Path | None, *, as_json: bool) -> int:
    """Print every problem and every ignored file; give 1 if any is an error."""
    config = config_of(given)
    folder = PostsFolder(config)
    scan = folder.scan()
    readings = [
        _guarded(Reading(path, FileKind.INVALID), partial(_read, folder, path))
        for path in scan.stats
    ]
    around = [
        *_of_config(config),
        *template_problems(config),
        *tell_unread(scan.unread, str(config.posts.folder)),
    ]
    around += exposures(config, os.environ)
    problems = [*scan.problems, *_of_round(config)]
    for reading in readings:
        problems += _guarded(reading, partial(_look_closer, config, reading)).problems
    problems += _of_addresses(reading.post for reading in readings if reading.post is not None)
    ignored = {
        **scan.ignored,
        **{
            reading.path: reading.reason for reading in readings if reading.kind is FileKind.IGNORED
        },
    }
    errors = sum(problem.level is Level.ERROR for problem in (*around, *problems))
    if as_json:
        print_json(
            {
                "problems": [problem_json(problem) for problem in (*around, *problems)],
                "ignored": ignored,
            }
        )
        return 1 if errors else 0
    print_problems(around, "")
    print_problems(problems, str(config.posts.folder))
    for path, reason in sorted(ignored.items()):
        console.print(f"ignored: {config.posts.folder}/{path}: {reason}", style="dim")
    posts = sum(reading.kind is FileKind.POST for reading in readings)
    warnings = len(around) + len(problems) - errors
    console.print(f"{posts} posts, {len(ignored)} ignored, {errors} errors, {warnings} warnings")
    if not errors:
        console.print("Next     publisher build")
    return 1 if errors else 0


def _guarded(reading: Reading, work: Callable[[], Reading]) -> Reading:
    """Yield to work on one file; whatever that raises is the file's own problem."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - as it says
        return replace(
            reading, problems=(*reading.problems, fault_of(reading.path, "checked", error))
        )


def _look_closer(config: Config, reading: Reading) -> Reading:
    """Return a reading with what is found in the body of its post."""
    if reading.post is None:
        return reading
    return replace(
        reading,
        problems=(
            *reading.problems,
            *_of_markup(reading.post, reading.body),
            *_of_images(config, reading),
        ),
    )


def _read(folder: PostsFolder, path: str) -> Reading:
    read = folder.read(path)
    return (
        Reading(path, FileKind.INVALID, problems=(read,))
        if isinstance(read, Problem)
        else folder.understand(read)
    )


def _of_markup(post: Post, body: str) -> tuple[Problem, ...]:
    return render(
        body,
        post.markup,
        base_url=post.url,
        path=post.path,
        body_line=post.body_line,
        native=comments_of(post.dialect),
    ).problems


def _of_config(config: Config) -> Iterator[Problem]:
    name = config.path.name
    if "timezone" not in config.site.model_fields_set:
        found = "site.timezone is not set; dates without a zone are taken as UTC."
        yield Problem(
            name, None, Level.WARNING, found, 'Set it, for example timezone = "Europe/Berlin".'
        )
    if config.newsletter.sender is None:
        found = "newsletter.from is not set; exported messages carry an example address."
        yield Problem(
            name, None, Level.WARNING, found, 'Set it, for example from = "Ada <ada@example.org>".'
        )


def _of_round(config: Config) -> Iterable[Problem]:
    """Return what would keep a round from deciding anything, where there was one before."""
    if not config.state.url and not (config.state_folder / FILE_NAME).exists():
        return ()
    try:
        return open_site(config).publisher().foresee_stop(now())
    except PublisherError as error:
        return (Problem("", None, Level.WARNING, error.message, error.cure),)


def _of_images(config: Config, reading: Reading) -> Iterator[Problem]:
    """Find pictures that a post names beside itself and that are not there."""
    post = reading.post
    assert post is not None
    for match in _LOCAL_IMAGE.finditer(reading.body):
        written = match[1] or match[2] or ""
        parts = urlsplit(written) if "{" not in written and not written.startswith("/") else None
        if parts is None or parts.scheme or parts.netloc or not parts.path:
            continue
        if not ((config.posts_folder / reading.path).parent / unquote(parts.path)).exists():
            line = post.body_line + reading.body.count("\n", 0, match.start())
            found = f"The picture {written} is not beside the post."
            yield Problem(
                reading.path,
                line,
                Level.WARNING,
                found,
                "Correct its name; readers get it from the post's page.",
            )


def _of_addresses(posts: Iterable[Post]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for post in posts:
        other = seen.setdefault(post.url, post.path)
        if other != post.path:
            found = f"Its address {post.url} is also that of {other}."
            yield Problem(
                post.path,
                1,
                Level.WARNING,
                found,
                "Give one of them a slug or permalink of its own.",
            )
