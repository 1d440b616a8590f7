"""``publisher backup``: one archive of database, keys and mark."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.exposure import generator_that_copies
from publisher.cli.printing import config_of, console, print_json
from publisher.database.backup import DUMP_NAME
from publisher.errors import UsageError
from publisher.publishing.backup import back_up, target_of

if TYPE_CHECKING:
    from publisher.config import Config
    from publisher.publishing.backup import Backup

_KB, _MB = 1000, 1_000_000


def back_up_site(file: Path | None, given: Path | None, *, force: bool, as_json: bool) -> None:
    """Write the archive and say how it is put back.

    Raises:
        UsageError: It would be published, or something has its name.
    """
    config = config_of(given)
    database = open_site(config).database
    target = target_of(file, Path.cwd(), config, now())
    copies = generator_that_copies(target)
    if copies:
        found = f"{copies} would copy {target} into the site it builds, for everybody to read."
        raise UsageError(
            found, cure="Name a file or a folder elsewhere: publisher backup /mnt/backups"
        )
    done = back_up(config, target, database, overwrite=force)
    if as_json:
        kind = "postgresql" if database.url else "sqlite"
        print_json(
            {
                "path": str(done.path),
                "bytes": done.size,
                "files": list(done.files),
                "database": kind,
                "keys": done.keys,
            }
        )
        return
    _print(done, config)


def _print(done: Backup, config: Config) -> None:
    what = "database, keys and mark" if done.keys else "database and mark (there are no keys yet)"
    console.print(f"Backup   {done.path} ({_size(done.size)}): {what}")
    console.print(
        f"Restore  stop Publisher, then: tar -xzf {shlex.quote(str(done.path))} -C"
        f" {shlex.quote(str(config.path.parent))}"
    )
    dump = next((name for name in done.files if name.endswith(DUMP_NAME)), None)
    if dump is not None:
        console.print(
            "         then into an empty database: psql -1 -v ON_ERROR_STOP=1 -f"
            f" {shlex.quote(dump)} ADDRESS"
        )
    for name, folder in done.elsewhere:
        console.print(f"         then move what is in {name} to {folder}/")
    console.print(
        "Next     keep it on another machine, where nobody else can read it: it holds every"
        " address, and the keys."
    )


def _size(size: int) -> str:
    return f"{size / _MB:,.1f} MB" if size >= _MB else f"{size / _KB:,.1f} kB"
