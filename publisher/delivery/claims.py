"""The ledger as the sender works on it.

Claims and marks in plain SQL, because they are most of what sending costs.

SQLite lets one writer in at a time. In PostgreSQL several senders work at once, beside the other
writers and without their lock:

- a claim passes over rows that somebody else has in hand, so it waits for nobody's row and no
  message is claimed twice;
- a mark waits for its rows in the order of their numbers, as whoever waits for rows of the ledger
  does, so no two wait for each other;
- a claim shares the lock of its issues (:func:`publisher.newsletter.store.hold_still`): who pauses,
  cancels or recalls one waits for the claims that are being made, and later ones see what became of
  it;
- who leaves locks their own rows that are being sent too (``cancel_deliveries``), so that none of
  them is put off, and claimed, meanwhile.

A row in hand whose reader left has a reason (:mod:`publisher.delivery.departures`): its outcome is
kept, but it is never put off.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from publisher.database.errors import explained
from publisher.database.instants import EPOCH, to_micros
from publisher.delivery.departures import NEXT_REASON, NEXT_STATE, without_address
from publisher.delivery.models import Candidate, Claim, DeliveryState, MessageKind
from publisher.newsletter.store import ISSUE_LOCK, lock_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.pool import PoolProxiedConnection

    from publisher.database.database import Database
    from publisher.delivery.outcomes import DeliveryOutcome


# Plain SQL on the driver's cursor: through SQLAlchemy's expressions a claim, its mark and its
# commit took 1.07 ms, so 0.2.
_ISSUE = """
SELECT d.id, d.issue_id, d.address, s.public, s.name, d.message_id, d.attempts, d.attempted
FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.issue_id = ? AND d.state = ? AND d.due <= ? AND d.id > ? AND d.id <= ?
  AND d.address IS NOT NULL
ORDER BY d.id LIMIT ?
"""
_LETTERS = """
SELECT id, 0, address, '', '', message_id, attempts, attempted FROM deliveries
WHERE kind = 'transactional' AND state IN ('queued', 'deferred') AND due <= ?
  AND address IS NOT NULL
ORDER BY id LIMIT ?
"""
_CLAIM = """
WITH v(id, mid, attempts) AS (VALUES {rows}){free}
UPDATE deliveries SET state = 'sending', worker = ?, lease = ?, attempts = v.attempts + 1,
                      attempted = COALESCE(attempted, ?), changed = ?, message_id = v.mid
FROM v
WHERE deliveries.id = v.id AND deliveries.attempts = v.attempts
  AND deliveries.state IN ('queued', 'deferred')
  AND deliveries.due <= ? AND deliveries.address IS NOT NULL
  AND (deliveries.kind = 'transactional'
       OR (EXISTS (SELECT 1 FROM issues i WHERE i.id = deliveries.issue_id AND i.state = 'sending')
           AND EXISTS (SELECT 1 FROM subscribers s
                       WHERE s.id = deliveries.subscriber_id AND s.state = 'active')))
  {only}
"""
_CLAIMED = (
    "SELECT id FROM deliveries WHERE id IN ({marks}) AND state = 'sending' AND worker = ? AND"
    " lease = ?"
)
_MARK = """
WITH v(id, attempts, state, due, reply, reason, burnt) AS (VALUES {rows}){free}
UPDATE deliveries SET state = {state}, due = v.due, reply = v.reply, reason = {reason},
                      changed = ?, lease = NULL,
                      attempts = deliveries.attempts - 1 + v.burnt,
                      attempted = CASE WHEN v.burnt = 0 AND deliveries.attempts = 1
                                       THEN NULL ELSE deliveries.attempted END
FROM v
WHERE deliveries.id = v.id AND deliveries.attempts = v.attempts AND deliveries.worker = ?
  AND deliveries.state = 'sending'
  {only}
"""
_UNNAME = "UPDATE deliveries SET reply = ? WHERE id = ? AND address IS NULL"
_SKIP = """
WITH v(id) AS (VALUES {rows}){free}
UPDATE deliveries SET state = 'skipped', reason = 'not active', changed = ?
FROM v
WHERE deliveries.id = v.id AND deliveries.kind = 'issue'
  AND deliveries.state IN ('queued', 'deferred')
  AND NOT EXISTS (SELECT 1 FROM subscribers s
                  WHERE s.id = deliveries.subscriber_id AND s.state = 'active')
  {only}
"""
_FREE = (
    ", free AS (SELECT d.id FROM deliveries d JOIN v ON v.id = d.id ORDER BY d.id FOR UPDATE OF"
    " d{how})"
)
"""What PostgreSQL locks first, in the order of the numbers, whatever order the rest of the
statement takes them in."""
_ONLY = "AND deliveries.id IN (SELECT id FROM free)"
_CLAIM_ROW = "(CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT))"
_SKIP_ROW = "(CAST(? AS BIGINT))"
_MARK_ROW = (
    "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT),"
    " CAST(? AS TEXT), CAST(? AS INTEGER))"
)
_LAST = 2**62
_AWAKE = 5000
"""Milliseconds between two statements of a transaction, after which PostgreSQL undoes it."""


class ClaimStore:
    """The ledger on one connection that stays open; used by one thread at a time.

    SQLAlchemy opens the connection; what runs on it is the driver's own cursor.
    """

    def __init__(self, database: Database) -> None:
        self._engine, self._where = database.engine, database.shown
        self._postgres = self._engine.dialect.name == "postgresql"
        self._connection: PoolProxiedConnection | None = None

    @contextmanager
    def ledger(self, *, writes: bool = True) -> Iterator[ClaimTables]:
        """Yield the ledger inside one transaction.

        Args:
            writes: In SQLite, take the right to write at once.

        Raises:
            StateError: The database cannot be used; the connection is made anew next time.
        """
        errors = self._engine.dialect.loaded_dbapi.Error
        with explained(self._where):
            try:
                connection = self._connection = self._connection or self._connect()
                cursor = connection.cursor()
                if writes and not self._postgres:
                    cursor.execute("BEGIN IMMEDIATE")
                yield ClaimTables(cursor, postgres=self._postgres)
                connection.commit()
            except errors as error:
                self.close()
                raise OperationalError("the ledger", None, error) from error
            except BaseException:
                self.close()
                raise

    def _connect(self) -> PoolProxiedConnection:
        connection = self._engine.raw_connection()
        if self._postgres:
            # Whoever falls asleep in the middle must not keep its rows from those who take over.
            connection.cursor().execute(f"SET idle_in_transaction_session_timeout = {_AWAKE}")
            connection.commit()
        return connection

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Never back into the pool: a connection that failed in the middle may hold half of a
            # transaction.
            connection.invalidate()


class ClaimTables:
    """Claims and marks, inside one transaction."""

    def __init__(self, cursor: DBAPICursor, *, postgres: bool) -> None:
        self._cursor, self._postgres = cursor, postgres

    def _do(self, sql: str, values: Sequence[object]) -> None:
        self._cursor.execute(sql.replace("?", "%s") if self._postgres else sql, tuple(values))

    def _change(self, sql: str, values: Sequence[object]) -> int:
        """Run a statement and return how many rows it changed.

        Sqlite3 counts those of an UPDATE behind a WITH for the connection only.
        """
        if self._postgres:
            self._do(sql, values)
            return self._cursor.rowcount
        connection = self._cursor.connection
        before: int = connection.total_changes
        self._do(sql, values)
        changed: int = connection.total_changes - before
        return changed

    def _run(self, sql: str, values: Sequence[object]) -> Sequence[Any]:
        self._do(sql, values)
        return self._cursor.fetchall()

    def letters(self, now: datetime, most: int) -> list[Candidate]:
        """Return letters that may be claimed, oldest first."""
        return [
            _candidate(row, MessageKind.TRANSACTIONAL)
            for row in self._run(_LETTERS, (to_micros(now), most))
        ]

    def messages(
        self,
        issue: int,
        state: DeliveryState,
        now: datetime,
        *,
        after: int = 0,
        until: int = _LAST,
        most: int = 500,
    ) -> list[Candidate]:
        """Return messages of an issue that may be claimed, in the order they were queued.

        Args:
            issue: Number of the issue.
            state: Queued, or deferred.
            now: Aware.
            after: Only rows after this one.
            until: Only rows up to this one.
            most: How many.
        """
        return [
            _candidate(row, MessageKind.ISSUE)
            for row in self._run(_ISSUE, (issue, str(state), to_micros(now), after, until, most))
        ]

    def claim(
        self,
        candidates: Mapping[int, tuple[Candidate, str]],
        worker: str,
        now: datetime,
        lease: datetime,
        until: float,
    ) -> list[Claim]:
        """Claim messages whose issue is being sent and whose reader still wants mail.

        Return those that are ours now.

        A message of somebody who left without being told so here is marked as skipped.

        Args:
            candidates: By row number: the message and its Message-ID.
            worker: Who claims.
            now: Aware.
            lease: Until when the claim holds.
            until: The same, see :class:`Claim`.
        """
        if not candidates:
            return []
        if self._postgres:
            self._lock_issues(
                {candidate.issue for candidate, _ in candidates.values() if candidate.issue}
            )
        at, ends = to_micros(now), to_micros(lease)
        values: list[object] = []
        for key, (candidate, message_id) in candidates.items():
            values += (key, message_id, candidate.attempts)
        ours: Collection[int] = candidates
        changed = self._change(
            self._sql(_CLAIM, _CLAIM_ROW, len(candidates), waits=False),
            (*values, worker, ends, at, at, at),
        )
        if changed != len(candidates):
            # SQLite lets go of the interpreter for every row it gives, so rows are asked for only
            # when there is a doubt.
            marks = ", ".join("?" * len(candidates))
            ours = {
                row[0]
                for row in self._run(_CLAIMED.format(marks=marks), (*candidates, worker, ends))
            }
            missed = [key for key in candidates if key not in ours]
            self._do(self._sql(_SKIP, _SKIP_ROW, len(missed), waits=False), (*missed, at))
        return [
            Claim(candidate, message_id, candidate.attempts + 1, candidate.attempted or now, until)
            for key, (candidate, message_id) in candidates.items()
            if key in ours
        ]

    def _lock_issues(self, issues: Collection[int]) -> None:
        for issue in sorted(issues):
            self._run("SELECT pg_advisory_xact_lock_shared(?, ?)", (ISSUE_LOCK, lock_number(issue)))

    def _sql(self, statement: str, row: str, count: int, *, waits: bool) -> str:
        """Return a statement about so many rows.

        Where rows are locked, it waits for them, or passes over what is locked.
        """
        free = _FREE.format(how="" if waits else " SKIP LOCKED") if self._postgres else ""
        only = _ONLY if self._postgres else ""
        return statement.format(
            rows=", ".join([row] * count),
            free=free,
            only=only,
            state=NEXT_STATE,
            reason=NEXT_REASON,
        )

    def mark(self, marks: Sequence[DeliveryOutcome], worker: str, now: datetime) -> int:
        """Mark claimed messages; return how many were still ours.

        What was taken over meanwhile stays as it is.

        What would be put off although its reader left is skipped. The relay's words do not keep the
        address of one who was forgotten.
        """
        if not marks:
            return 0
        values: list[object] = []
        for mark in marks:
            claim = mark.claim
            due = to_micros(mark.due)
            values += (
                claim.candidate.key,
                claim.attempts,
                str(mark.state),
                due,
                mark.reply,
                mark.reason,
                int(mark.counts_as_attempt),
            )
        changed = self._change(
            self._sql(_MARK, _MARK_ROW, len(marks), waits=True), (*values, to_micros(now), worker)
        )
        for mark in marks:
            reply = without_address(mark.reply, mark.claim.candidate.address)
            if reply != mark.reply:
                self._do(_UNNAME, (reply, mark.claim.candidate.key))
        return changed

    def note(self, name: str, *, alone: bool = False) -> str:
        """Return a remembered text, or nothing.

        Args:
            name: Of the note.
            alone: Nobody else who asks so is answered before this transaction ends.
        """
        if alone and self._postgres:
            self._do(
                "INSERT INTO notes (name, value) VALUES (?, '') ON CONFLICT (name) DO NOTHING",
                (name,),
            )
            self._run("SELECT value FROM notes WHERE name = ? FOR UPDATE", (name,))
        rows = self._run("SELECT value FROM notes WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else ""

    def save_note(self, name: str, value: str) -> None:
        """Remember a text; an empty one is forgotten."""
        if value:
            sql = (
                "INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET"
                " value = excluded.value"
            )
            self._do(sql, (name, value))
        else:
            self._do("DELETE FROM notes WHERE name = ?", (name,))


def _candidate(row: Any, kind: MessageKind) -> Candidate:
    key, issue, address, public, name, message_id, attempts, attempted = row
    first = EPOCH + timedelta(microseconds=attempted) if attempted is not None else None
    return Candidate(
        key, kind, issue, address, public or "", name or "", message_id, attempts, first
    )
