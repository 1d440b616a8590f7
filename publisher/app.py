"""The composition root: from a configuration to a Site and what works on it.

Only here everything meets.
"""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from publisher import __version__
from publisher.errors import ForeignStateError
from publisher.forks import spread
from publisher.hooks import run_hook
from publisher.local_pictures import LocalPictures
from publisher.markup import rst_available
from publisher.output import OutputFolder, read_mark, write_mark
from publisher.pipeline.looking import Clocks, Looker
from publisher.pipeline.recalling import notice_copy
from publisher.pipeline.site import CoreTables, Site
from publisher.pipeline.spreading import one_by_one
from publisher.source.scan import FolderScan, read_source, scan_folder, stat_file
from publisher.spool import Spool
from publisher.storage import State
from publisher.storage.codec import pack_source, unpack_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jinja2 import Environment

    from publisher.catalogue import IssueRecord
    from publisher.config import Config
    from publisher.models import FileStat, Problem, Reading, SourceFile
    from publisher.source.read import Reader


CATALOGUE = "4"
"""Changes when a round remembers something else of the same files: the next round then reads all of
them."""


def now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


def machine_clocks() -> Clocks:
    """Give the machine's clocks."""
    return Clocks(time.monotonic, time.time_ns, time.sleep)


class PostsFolder:
    """The posts folder of one configuration, scanned, read and understood."""

    def __init__(self, config: Config) -> None:
        self.root = config.posts_folder
        self.posts = config.posts
        self.ours = frozenset(
            {
                config.public_folder,
                config.newsletters_folder,
                config.state_folder,
                config.templates_folder,
            }
        )
        self._config = config

    @cached_property
    def reader(self) -> Reader:
        """Who understands files; loaded for the first one."""
        from publisher.source.read import Reader  # noqa: PLC0415 - YAML, TOML and dates

        return Reader.of(
            self._config, self._size_of, can_read_rst=rst_available(), in_vault=self._is_in_vault()
        )

    def _is_in_vault(self) -> bool:
        """Check whether the posts folder is an Obsidian vault, or stands in one.

        Only a vault beside or below the configuration counts.
        """
        home = self._config.path.parent
        folders = [
            self.root,
            *(folder for folder in self.root.parents if folder.is_relative_to(home)),
        ]
        return any((folder / ".obsidian").is_dir() for folder in folders)

    def scan(self) -> FolderScan:
        """Stat the tree."""
        return scan_folder(self.root, self.posts, skip=self.ours)

    def stat(self, path: str) -> FileStat | None:
        """Look at one file that a scan found.

        It is None where a whole scan is to say what became of it.
        """
        return stat_file(self.root, path, self.posts.max_bytes)

    def read(self, path: str) -> SourceFile | Problem:
        """Read one file."""
        return read_source(self.root, path, self.posts.max_bytes)

    def understand(self, file: SourceFile) -> Reading:
        """Read what a file says."""
        return self.reader.read(file)

    def _size_of(self, path: str, address: str) -> int | None:
        """Give the size of a local file that a post names, inside the posts folder only."""
        written = unquote(urlsplit(address).path)
        if urlsplit(address).scheme or not written:
            return None
        base = self.root if written.startswith("/") else (self.root / path).parent
        found = Path(os.path.realpath(base / written.lstrip("/")))
        inside = found.is_relative_to(os.path.realpath(self.root))
        return found.stat().st_size if inside and found.is_file() else None


def open_site(
    config: Config,
    track: Callable[[Sequence[str]], Iterable[str]] | None = None,
    *,
    may_fork: bool = False,
) -> Site:
    """Open the state and put a site together.

    Args:
        config: The configuration.
        track: Tells somebody how far a long reading of the folder is; nobody when absent.
        may_fork: This process has no other threads, and may do much of one kind in several
            processes.

    Raises:
        StateError: The state cannot be used.
        ForeignStateError: It belongs to another configuration.
    """
    state = State.open(config.state_folder, config.state.url, config.delivery.queue)
    _claim(state, config)
    notice_copy(state, lambda: read_mark(config.newsletters_folder))
    newsletters = OutputFolder(config.newsletters_folder, private=True)
    folder, clocks = PostsFolder(config), machine_clocks()
    looker = Looker(
        folder,
        clocks,
        config.posts.settle,
        config.site.url,
        config.posts.url,
        pack_source,
        unpack_body,
    )
    looker.spool = lambda: Spool(config.state_folder).put
    if track is not None:
        looker.track = track
    if may_fork:
        looker.spread = spread
    posts = _digest(config.posts.model_dump_json(), __version__)
    return Site(
        config=config,
        state=state,
        looker=looker,
        clocks=clocks,
        public=OutputFolder(config.public_folder),
        newsletters=newsletters,
        environment=cache(lambda: templates_of(config)),
        read_mark=lambda: read_mark(config.newsletters_folder),
        write_mark=lambda mark: write_mark(newsletters, mark),
        ask_page=lambda address, seconds: _ask_page(config.site.url, address, seconds),
        tell_held=partial(_tell_held, config),
        picture_width=LocalPictures(config).width_of,
        hook=lambda command, payload: run_hook(command, payload, folder=config.path.parent),
        reading_fingerprint=_digest(
            posts,
            config.site.url,
            config.site.language,
            config.site.timezone,
            str(rst_available()),
            CATALOGUE,
        ),
        posts_fingerprint=posts,
        feeds_fingerprint=_digest(
            config.site.model_dump_json(), config.feeds.model_dump_json(), __version__
        ),
        spread=spread if may_fork else one_by_one,
    )


def _tell_held(
    config: Config, tables: CoreTables, issues: Sequence[IssueRecord], instant: datetime
) -> None:
    """Write to the operator, where one is named."""
    if config.notify.email is None or not issues:
        return
    from publisher.pipeline.notices import (  # noqa: PLC0415
        Notices,
    )  # only where somebody is to be told
    from publisher.storage.keys import NAME, load_keyring  # noqa: PLC0415

    keyring = load_keyring(config.state_folder / NAME, may_make=not config.state.url)
    Notices(config, lambda: keyring, lambda: templates_of(config)).held(
        tables.whole(), issues, instant
    )


def _ask_page(site_url: str, address: str, seconds: float) -> str:
    from publisher.pages import ask_page  # noqa: PLC0415 - TLS is loaded when a page is asked for

    return ask_page(site_url, address, seconds)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _claim(state: State, config: Config) -> None:
    """Remember which configuration this state belongs to.

    Another one is refused while that one exists.
    """
    from dataclasses import replace  # noqa: PLC0415 - one use

    mine = str(config.path)
    with state.reading_core() as tables:
        memory = tables.memory()
    if memory.config_path == mine:
        return
    if memory.config_path and Path(memory.config_path).exists():
        raise ForeignStateError(
            f"The state in {config.state_folder} belongs to {memory.config_path}.",
            cure=(
                "Give each configuration its own [state] folder, [output] public and [output]"
                " newsletters."
            ),
        )
    with state.writing_core() as tables:
        tables.save_memory(replace(memory, config_path=mine))


def state_of(site: Site) -> State:
    """Give the database of a site as what it is."""
    assert isinstance(site.state, State)
    return site.state


def templates_folder() -> Path:
    """Give the default templates: inside the wheel, else beside the package in a checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def template_faults(config: Config) -> list[Problem]:
    """Return the faults of the site's own templates, written as those of posts are.

    File and line are in the words.
    """
    from dataclasses import replace  # noqa: PLC0415 - one use

    def named(problem: Problem) -> Problem:
        where = (
            f"{problem.path}{f':{problem.line}' if problem.line else ''}: " if problem.path else ""
        )
        return replace(problem, path="", line=None, found=f"{where}{problem.found}")

    return [named(problem) for problem in template_problems(config)]


def template_problems(config: Config) -> list[Problem]:
    """Return the faults of the site's own templates, where it has any."""
    from publisher.pipeline.linting import (  # noqa: PLC0415
        has_templates,
        lint_templates,
    )  # few sites have templates of their own

    return (
        list(lint_templates(config, templates_of(config)))
        if has_templates(config.templates_folder)
        else []
    )


def templates_of(config: Config) -> Environment:
    """Make the Jinja2 environment: the site's own templates override the default ones by name."""
    from jinja2 import (  # noqa: PLC0415
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )  # only composing needs it
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    folders = [config.templates_folder, templates_folder()]
    return SandboxedEnvironment(
        loader=FileSystemLoader(folders),
        autoescape=select_autoescape(["html"], default_for_string=False, default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
