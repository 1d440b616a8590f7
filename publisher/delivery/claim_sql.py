"""The statements of claims and outcomes: most of what sending costs."""

from __future__ import annotations

ISSUE = """
SELECT d.id, d.issue_id, d.address, s.public, s.name, d.message_id, d.attempts, d.attempted
FROM deliveries d LEFT JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.issue_id = ? AND d.state = ? AND d.due <= ? AND d.id > ? AND d.id <= ?
  AND d.address IS NOT NULL
ORDER BY d.id LIMIT ?
"""
LETTERS = """
SELECT id, 0, address, '', '', message_id, attempts, attempted FROM deliveries
WHERE kind = 'transactional' AND state IN ('queued', 'deferred') AND due <= ?
  AND address IS NOT NULL
ORDER BY id LIMIT ?
"""
CLAIM = """
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
CLAIMED = (
    "SELECT id FROM deliveries WHERE id IN ({marks}) AND state = 'sending' AND worker = ? AND"
    " lease = ?"
)
MARK = """
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
UNNAME = "UPDATE deliveries SET reply = ? WHERE id = ? AND address IS NULL"
SKIP = """
WITH v(id) AS (VALUES {rows}){free}
UPDATE deliveries SET state = 'skipped', reason = 'not active', changed = ?
FROM v
WHERE deliveries.id = v.id AND deliveries.kind = 'issue'
  AND deliveries.state IN ('queued', 'deferred')
  AND NOT EXISTS (SELECT 1 FROM subscribers s
                  WHERE s.id = deliveries.subscriber_id AND s.state = 'active')
  {only}
"""
FREE = (
    ", free AS (SELECT d.id FROM deliveries d JOIN v ON v.id = d.id ORDER BY d.id FOR UPDATE OF"
    " d{how})"
)
"""What PostgreSQL locks first, in the order of the numbers, whatever order the rest of the
statement takes them in."""
ONLY = "AND deliveries.id IN (SELECT id FROM free)"
CLAIM_ROW = "(CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT))"
SKIP_ROW = "(CAST(? AS BIGINT))"
MARK_ROW = (
    "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT),"
    " CAST(? AS TEXT), CAST(? AS INTEGER))"
)
