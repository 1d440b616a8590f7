"""Procrastinate's own tables: made when they are first needed.

An older version's are left to Procrastinate's migrations.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from procrastinate.schema import SchemaManager
from sqlalchemy import text

from publisher.database.engine import QUEUE_PREFIX
from publisher.database.errors import explained
from publisher.errors import StateError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


_LOCK = 0x50554251
_MADE = re.compile(r"CREATE (?:FUNCTION|TABLE|TYPE) (\w+)")
_FOUND = """
SELECT p.proname FROM pg_proc p WHERE pg_function_is_visible(p.oid) AND p.proname LIKE :ours
UNION SELECT t.typname FROM pg_type t WHERE pg_type_is_visible(t.oid) AND t.typname LIKE :ours
"""
"""Functions and types; each table is a type too."""


def prepare(engine: Engine, where: str) -> None:
    """Make the tables, or check that they are what this version of Procrastinate needs.

    Args:
        engine: A PostgreSQL database.
        where: The same for people.

    Raises:
        StateError: They are an older version's, or the database cannot be used.
    """
    script = SchemaManager.get_schema()
    wanted = set(_MADE.findall(script))
    with explained(where), engine.connect() as connection:
        if wanted <= _found(connection):
            return
        # Several machines may start at once: the first one makes them.
        connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _LOCK})
        found = _found(connection)
        if not found:
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute(script)
        elif missing := sorted(wanted - found):
            raise StateError(
                f"Procrastinate's tables in {where} are an older version's (there is no"
                f" {missing[0]}).",
                cure=(
                    "Stop every 'run' and 'worker', then apply its newer scripts: 'procrastinate"
                    " schema --migrations-path' says where."
                ),
            )
        connection.commit()


def _found(connection: Connection) -> set[str]:
    return set(
        connection.execute(
            text(_FOUND), {"ours": f"{QUEUE_PREFIX.replace('_', chr(92) + '_')}%"}
        ).scalars()
    )
