"""The state on SQLite and on a real PostgreSQL: the same code, the same tests."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from publisher.database import schema, sqlite
from publisher.database.database import Database
from publisher.database.engine import migrate, sqlite_schema
from publisher.database.locks import RunLock
from publisher.database.site_state import SiteStateStore
from publisher.errors import ForeignStateError, NewerStateError, StateBusyError, StateError
from publisher.posts.store import _COLUMNS, PostStore
from tests.posts.rows import NOW, post_row

if TYPE_CHECKING:
    from publisher.database.connection import Transaction


def test_a_failed_transaction_leaves_nothing(state: Database) -> None:
    """All or nothing."""

    def fail() -> None:
        with state.transaction() as transaction:
            PostStore(transaction).add_records([post_row("a.md")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with state.reading() as transaction:
        assert PostStore(transaction).records() == []


def test_the_memory_of_a_site_comes_back(state: Database) -> None:
    """A new database has a name of its own; what is saved is what is read."""
    with state.transaction() as transaction:
        memory = replace(
            SiteStateStore(transaction).memory(),
            scanned=True,
            latest=NOW,
            counts=((NOW, 3),),
            counter=4,
            config_path="/x",
        )
        SiteStateStore(transaction).save_site_state(memory)
        SiteStateStore(transaction).increment_revision()
    with state.reading() as transaction:
        assert SiteStateStore(transaction).memory() == replace(memory, counter=5)


def test_naive_instants_are_refused(state: Database) -> None:
    """SQLite would drop the zone in silence."""
    naive = NOW.replace(tzinfo=None)
    with state.transaction() as transaction, pytest.raises(Exception, match="naive"):
        PostStore(transaction).add_records([post_row("a.md", first_seen=naive)])


def test_a_migrated_schema_equals_a_fresh_one(state: Database) -> None:
    """The migrations come to what a new database begins with.

    Tables, columns, types, nullability, indexes, foreign keys.
    """
    fresh = _shape(state)
    assert len(fresh) > 15
    with state.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        migrate(connection)
    assert _shape(state) == fresh
    Database.open(state.folder, state.url).close()


def test_a_new_file_begins_with_the_tables_of_the_schema(tmp_path: Path) -> None:
    """SQLite's tables are made of ``schema.sql``, without SQLAlchemy.

    It holds what ``schema.py`` says, and is written by ``make docs``.
    """
    kept = Path(sqlite.__file__).with_name("schema.sql")
    assert kept.read_text("utf-8") == sqlite_schema()
    opened = Database.open(tmp_path)
    columns = [column["name"] for column in inspect(opened.engine).get_columns("posts")]
    assert columns == ["id", *_COLUMNS]
    opened.close()


def test_whoever_is_lent_a_transaction_cannot_end_it(tmp_path: Path) -> None:
    """What a round writes and what SQLAlchemy writes for it are one transaction.

    All of it is there, or nothing.
    """
    opened = Database.open(tmp_path)
    with pytest.raises(ZeroDivisionError), opened.writing_core() as transaction:
        _write_and_fail(transaction)
    with opened.writing_core() as transaction:
        assert PostStore(transaction).records() == []
        PostStore(transaction).add_records([post_row("b.md")])
        SiteStateStore(transaction).save_note("x", "y")
    with opened.reading() as whole:
        assert [record.path for record in PostStore(whole).records()] == ["b.md"]
        assert SiteStateStore(whole).note("x") == "y"
    opened.close()


def _write_and_fail(transaction: Transaction) -> None:
    PostStore(transaction).add_records([post_row("a.md")])
    SiteStateStore(transaction).save_note("x", "y")
    transaction.connection.rollback()
    transaction.connection.commit()
    raise ZeroDivisionError


def _shape(state: Database) -> dict[str, object]:
    found = inspect(state.engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            sorted(
                (str(i["name"]), tuple(i["column_names"]), bool(i["unique"]))
                for i in found.get_indexes(table)
            ),
            sorted(tuple(f["constrained_columns"]) for f in found.get_foreign_keys(table)),
        )
        for table in found.get_table_names()
    }


def test_a_database_of_a_newer_version_is_refused(state: Database) -> None:
    """Going back to an older program must not damage what a newer one wrote."""
    with state.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerStateError, match="newer version"):
        Database.open(state.folder, state.url)


def test_a_database_that_was_deleted_or_replaced_is_used_no_more(tmp_path: Path) -> None:
    """SQLite would write on into the file that is gone; brought back it is used again.

    The defence is ``State._connect``.
    """
    state, path = Database.open(tmp_path), tmp_path / "publisher.db"
    with state.transaction() as transaction:
        memory = SiteStateStore(transaction).memory()
        SiteStateStore(transaction).save_site_state(memory)
    path.rename(tmp_path / "aside")
    for _ in range(2):
        with pytest.raises(StateError, match="deleted or replaced"), state.transaction():
            pass
        shutil.copy(tmp_path / "aside", path)
    (tmp_path / "aside").rename(path)
    with state.reading() as transaction:
        assert SiteStateStore(transaction).memory() == memory
    state.close()


def test_a_database_of_something_else_is_refused(state: Database) -> None:
    """Tables that are not ours stay untouched."""
    with state.engine.begin() as connection:
        schema.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        connection.execute(text("CREATE TABLE recipes (id INTEGER)"))
    with pytest.raises(ForeignStateError, match="recipes"):
        Database.open(state.folder, state.url)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Its bytes stay."""
    (tmp_path / "publisher.db").write_bytes(
        b"not a database at all, but long enough to be read as one" * 30
    )
    with pytest.raises(ForeignStateError, match="no database"):
        Database.open(tmp_path)


def test_only_one_run_holds_the_state(state: Database) -> None:
    """The second is told who holds it, and gets it when the first lets go."""
    other = Database.open(state.folder, state.url)
    with RunLock(state), pytest.raises(StateBusyError) as caught:
        RunLock(other)
    other.close()
    assert caught.value.exit_status == 3
    RunLock(state).release()


def test_the_server_names_its_database(state: Database) -> None:
    """PostgreSQL by system identifier and oid; SQLite not at all."""
    assert bool(state.identity()) is bool(state.url)
