"""A copy of the whole database as it is at one instant, made while others write.

It says of itself that it is a copy.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url, text

from publisher.database.errors import explained, sudo_line
from publisher.database.sqlite import FILE_NAME
from publisher.errors import StateError
from publisher.system.private_files import make_private, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from publisher.database.database import Database


DUMP_NAME = "publisher.sql"
_PREFIX = ".copy-"
_FLAG = (
    "INSERT INTO {table} (name, value) VALUES ('is_copy', 'true') ON CONFLICT (name) DO UPDATE SET"
    " value = excluded.value"
)
_DUMP = (
    "--format=plain",
    "--clean",
    "--if-exists",
    "--no-owner",
    "--no-privileges",
    "--no-password",
)
_LONGEST = 300


@contextmanager
def database_copy(state: Database) -> Iterator[Sequence[Path]]:
    """Yield the files of a copy of the database; they are gone afterwards.

    SQLite: ``publisher.db`` by ``VACUUM INTO``, which reads one snapshot without keeping anybody
    from writing, and an empty ``publisher.db-wal``: unpacked over a state folder, it replaces the
    journal of a later database, which SQLite would otherwise play into this one. PostgreSQL:
    ``publisher.sql`` by ``pg_dump``, whose snapshot is one as well.

    Raises:
        StateError: There is no room, or no ``pg_dump`` that can read this server.
    """
    with _working_folder(state.folder) as folder:
        yield [_dump(state, folder)] if state.url else _vacuum(state, folder)


@contextmanager
def _working_folder(state: Path) -> Iterator[Path]:
    """Make a folder nobody else can read, on the disk that holds the state.

    What killed copies left is removed first.
    """
    try:
        make_private_folder(state)
        _sweep(state)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=state))
    except OSError as error:
        raise StateError(
            f"The state folder {state} cannot be written: {error.strerror}.", cure=sudo_line(state)
        ) from error
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(state: Path) -> None:
    for left in state.glob(f"{_PREFIX}*"):
        lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
        shutil.rmtree(left, ignore_errors=True)


def _begin(file: Path) -> None:
    """Make an empty file for who writes into it.

    SQLite and ``pg_dump`` would let everybody read theirs.
    """
    try:
        make_private(file)
    except OSError as error:
        raise StateError(
            f"{file} cannot be written: {error.strerror}.", cure=sudo_line(file.parent)
        ) from error


def _vacuum(state: Database, folder: Path) -> list[Path]:
    copy, journal = folder / FILE_NAME, folder / f"{FILE_NAME}-wal"
    _begin(copy)
    with explained(state.shown), state.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        try:
            driver.execute("VACUUM INTO ?", (str(copy),))
            with closing(sqlite3.connect(copy)) as written:
                written.execute(_FLAG.format(table="memory"))
                written.commit()
        except sqlite3.Error as error:
            cure = (
                "The state folder needs room for one more of it."
                if "full" in str(error)
                else "Look at the system's log."
            )
            raise StateError(f"The database cannot be copied: {error}.", cure=cure) from error
    _begin(journal)
    return [copy, journal]


def _dump(state: Database, folder: Path) -> Path:
    copy = folder / DUMP_NAME
    _begin(copy)
    url = make_url(state.url).difference_update_query(["password"])
    address = URL.create(
        "postgresql",
        url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    ).render_as_string()
    line = f"pg_dump --clean --if-exists --no-owner --no-privileges --file={DUMP_NAME} '{address}'"
    program = shutil.which("pg_dump")
    if program is None:
        cure = (
            "Install PostgreSQL's client programs; or run this where they are, and keep"
            f" state/secret.key with it: {line}"
        )
        raise StateError(
            "PostgreSQL is copied by its own pg_dump, which is not on the PATH.", cure=cure
        )
    # In the environment, because everybody on the machine can read a command line.
    password = make_url(state.url).query.get("password", url.password)
    environ = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    command = [program, *_DUMP, f"--file={copy}", address]
    done = subprocess.run(  # noqa: S603
        command, env=environ, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )  # no shell
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-_LONGEST:]
        raise StateError(
            f"pg_dump cannot copy the database: {said}",
            cure=f"Its version must be the server's, or newer. It ran: {line}",
        )
    with explained(state.shown), state.engine.connect() as connection:
        schema = connection.execute(
            text(
                "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid ="
                " 'memory'::regclass"
            )
        ).scalar()
    with copy.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{_FLAG.format(table=f'{schema}.memory')};\n")
    return copy
