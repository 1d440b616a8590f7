"""Open the database: SQLite in the state folder, or PostgreSQL by address; migrate it.

Refuse what is not ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    StaticPool,
    String,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from publisher.database.errors import explained
from publisher.database.migrations import HEAD
from publisher.database.schema import metadata
from publisher.database.sqlite import APPLICATION_ID, FILE_NAME, TIMEOUT, configure
from publisher.errors import ForeignStateError, NewerStateError, StateError

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.pool import ConnectionPoolEntry

    from publisher.database.sqlite import Driver


VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32), primary_key=True))
"""Alembic's own: which revision the tables are."""
QUEUE_PREFIX = "procrastinate_"
"""What the names of the queue's own tables begin with; they are nobody's business here."""

_MIGRATION = 0x5055424D
"""Advisory lock of who makes or migrates tables in PostgreSQL."""
PATIENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "connect_timeout": 10,
}
"""How soon a server that is gone is noticed (libpq; seconds, and milliseconds), unless the address
says otherwise."""


def open_engine(folder: Path, url: str) -> Engine:
    """Open and migrate the database.

    Raises:
        NewerStateError: A newer version of this program wrote it.
        ForeignStateError: It is something else.
        StateError: It cannot be opened or written.
    """
    engine = _postgres(url) if url else _sqlite(folder)
    try:
        with explained(shown(folder, url)), engine.connect() as connection:
            _bring_up(connection, shown(folder, url))
    except BaseException:
        engine.dispose()
        raise
    return engine


def shown(folder: Path, url: str) -> str:
    """Name the database for people, without its password."""
    if not url:
        return str(folder / FILE_NAME)
    return (
        make_url(url)
        .difference_update_query(["password", "sslpassword"])
        .render_as_string(hide_password=True)
    )


def _postgres(url: str) -> Engine:
    address = make_url(url)
    if not address.drivername.startswith("postgres"):
        raise StateError(
            f"state.url is {address.drivername!r}.",
            cure="Only PostgreSQL is known: postgresql://user@host/name.",
        )
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra, loaded only where it is used
    except ImportError as error:
        raise StateError(
            "PostgreSQL needs psycopg.", cure="Install it: pip install 'publisher[postgres]'."
        ) from error
    patience = {name: value for name, value in PATIENCE.items() if name not in address.query}
    # Claims count on it: a statement sees what was committed before it began, whatever the server's
    # default is.
    return create_engine(
        address.set(drivername="postgresql+psycopg"),
        # A server that was restarted leaves dead connections in the pool; the first to use one must
        # not fail for it.
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args=patience,
        hide_parameters=True,
    )


def _sqlite(folder: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{folder / FILE_NAME}",
        connect_args={"timeout": TIMEOUT, "check_same_thread": False},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def lend(driver: Driver) -> Connection:
    """Return a connection of SQLAlchemy's over one that has a transaction open.

    That transaction is not its to end.
    """
    return create_engine(
        "sqlite://", creator=lambda: driver, poolclass=StaticPool, pool_reset_on_return=None
    ).connect()


def _begin(connection: Connection) -> None:
    """Begin a transaction.

    Writers take SQLite's lock at once, because one taken later could fail in the middle.
    """
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    configure(connection)


def _bring_up(connection: Connection, where: str) -> None:
    version = _version(connection, where)
    if version == HEAD:
        return
    if connection.dialect.name == "postgresql":
        # Several machines may start at once: the first one migrates.
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _MIGRATION})
        version = _version(connection, where)
        if version == HEAD:
            return
    # Numbers are compared as text, which is why they have four digits.
    if version is not None and version > HEAD:
        cure = "Install the newer version again, or bring back a backup made before it."
        raise NewerStateError(
            f"{where} was written by a newer version of Publisher (schema {version}, this one knows"
            f" {HEAD}).",
            cure=cure,
        )
    if version is None:
        _create(connection)
    else:
        migrate(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
    connection.commit()


def _create(connection: Connection) -> None:
    """Make every table of a new database as it is today.

    A test holds this to what the migrations come to.
    """
    metadata.create_all(connection)
    VERSION.create(connection)
    connection.execute(VERSION.insert().values(version_num=HEAD))


def sqlite_schema() -> str:
    """Return the statements that make every table in SQLite: what ``schema.sql`` holds."""
    statements: list[CreateTable | CreateIndex] = []
    for table in (*metadata.sorted_tables, VERSION):
        statements += [
            CreateTable(table),
            *map(CreateIndex, sorted(table.indexes, key=lambda index: str(index.name))),
        ]
    dialect = sqlite.dialect()
    text_of = [
        str(statement.compile(dialect=dialect)).strip().replace("\t", "    ").replace(" \n", "\n")
        for statement in statements
    ]
    return ";\n".join(text_of) + "\n"


def _version(connection: Connection, where: str) -> str | None:
    tables = {
        name for name in inspect(connection).get_table_names() if not name.startswith(QUEUE_PREFIX)
    }
    if not tables:
        return None
    if "alembic_version" not in tables or not {"posts", "issues", "memory"} <= tables:
        raise ForeignStateError(
            f"{where} holds something else ({', '.join(sorted(tables)[:3])}).",
            cure="Name another state.folder.",
        )
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def migrate(connection: Connection) -> None:
    """Bring an older database up to date."""
    # A second of imports that only an old database needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def identity_of(connection: Connection) -> str:
    """Return what the PostgreSQL server calls this database (system identifier and oid).

    Empty for SQLite.
    """
    if connection.dialect.name == "sqlite":
        return ""
    oid = connection.execute(
        text("SELECT oid FROM pg_database WHERE datname = current_database()")
    ).scalar()
    system = connection.execute(text("SELECT system_identifier FROM pg_control_system()")).scalar()
    return f"{system}/{oid}"
