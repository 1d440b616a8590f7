"""What is kept of one version: unpacked once, copied for each test."""

from __future__ import annotations

import json
import lzma
import tarfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from tests.commands import CommandServer
from tests.daemon.wrong_clock import WrongClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Engine


_IDENTITY = """UPDATE memory SET value = (SELECT to_json(system_identifier || '/' || oid)::text
               FROM pg_control_system(), pg_database WHERE datname = current_database()) \
WHERE name = 'identity'"""


class Shelf:
    """What is kept of one version, unpacked once.

    Every test takes its own copy of a site, and of its database.
    """

    def __init__(self, kept: Path, work: Path, server: Callable[[], str]) -> None:
        self.kept, self.work, self._server = kept, work, server
        self.clock = WrongClock(work / "clock")
        self.commands = CommandServer(**self.clock.environ)

    def close(self) -> None:
        """End what runs."""
        self.commands.close()
        if "_admin" in self.__dict__:
            self._admin.dispose()

    @cached_property
    def _admin(self) -> Engine:
        return create_engine(_driven(self._server()), isolation_level="AUTOCOMMIT")

    @cached_property
    def _template(self) -> str:
        """Restore the dump once; databases are then copies of it."""
        name = self._make("")
        dump = lzma.decompress(
            (self.kept / "postgresql" / "publisher.sql.xz").read_bytes()
        ).decode()
        engine = create_engine(_driven(self._address(name)), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.connection.cursor().execute(dump)
        engine.dispose()
        return name

    def _make(self, template: str) -> str:
        name = f"kept_{uuid.uuid4().hex[:12]}"
        with self._admin.connect() as connection:
            connection.execute(
                text(f"CREATE DATABASE {name}{f' TEMPLATE {template}' if template else ''}")
            )
        return name

    def _address(self, name: str) -> str:
        base, _, query = self._server().partition("?")
        return f"{base.rpartition('/')[0]}/{name}{f'?{query}' if query else ''}"

    @contextmanager
    def database(self, kind: str, *, moved: bool = False) -> Iterator[str]:
        """Yield the address of a copy of the PostgreSQL database; nothing for SQLite.

        Args:
            kind: ``sqlite`` or ``postgresql``.
            moved: Leave it as a dump on another server is. Otherwise the database is told this
                server's name, as if it had always been here: an upgrade where it stands.
        """
        if kind == "sqlite":
            yield ""
            return
        name = self._make(self._template)
        if not moved:
            engine = create_engine(_driven(self._address(name)))
            with engine.begin() as connection:
                assert connection.execute(text(_IDENTITY)).rowcount == 1
            engine.dispose()
        yield self._address(name)
        with self._admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    def unpacked(self, kind: str) -> Path:
        """Return a site's folder as it was packed, with the times of its files."""
        folder = self.work / kind
        if not folder.exists():
            unpack(self.kept / kind / "site.tar.xz", folder)
        return folder

    def inbox(self, kind: str) -> list[Got]:
        """Return what readers had from that version."""
        messages = json.loads((self.kept / kind / "inbox.json").read_text("utf-8"))
        return [Got(m.pop("to"), m.pop("subject"), m.pop("message_id"), m) for m in messages]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack over what is there, as ``tar`` does."""
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")


def _driven(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


@dataclass(frozen=True)
class Got:
    """A message that somebody got.

    Attributes:
        to: Of the envelope.
        subject: Decoded.
        message_id: With its angle brackets.
        links: Paths of the reader's own pages, by their first word.
        data: As it came, without soft line breaks; nothing of older messages.
    """

    to: str
    subject: str
    message_id: str
    links: Mapping[str, str]
    data: bytes = field(default=b"", repr=False)
