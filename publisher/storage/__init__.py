"""The state: one database behind narrow methods; it keeps, it does not decide.

``engine`` opens SQLite or PostgreSQL, ``schema`` names the tables, ``migrations`` bring older ones
up, ``codec`` turns values into columns, ``tables`` reads and writes them, ``state`` ties these
together, ``lock`` lets one ``run`` in, ``mark`` tells a restored copy.
"""

from publisher.storage.state import State

__all__ = ["State"]
