"""The only place that decides "newly published", "held" and "due"; pure: values in, values out.

::

    Sightings (what the folder shows) --+ Record, IssueRecord, Memory --------+--> decide() -->
    Changes: rows to write, issues to make, hold, queue or cancel Settings, now
    ----------------------+

``guards``      what stops a round before anything is decided: the clock, a folder that vanished, a
reading that hides too much ``matching``    which row a file belongs to: renames, tombstones, two
files with one id ``resembling``  which post another one is, or is like: bodies, lines, titles and
dates ``reading``     what a look at a file does to its row: last good versions, status, dates, ids
``seeing``      brings all rows up to what was seen of their files ``rules``       the rules by
which news is held, one each ``issues``      what becomes of issues: grace, edits, queueing,
withdrawal ``recalling``   which frozen issues may not go on: an older copy, a long stop
``deciding``    the order of all this; :func:`publisher.changes.deciding.decide` is not loaded by a
round in which nothing happened

It does not read files, render, write or send. The rules are those of "Status and newly published"
in the design, in its order.
"""

from publisher.changes.guards import counts_after, instant_of, is_restored
from publisher.changes.model import Changes, IssueOrder, Look, Settings, Sightings
from publisher.changes.reading import facts_of, is_published, is_visible, status_at

__all__ = [
    "Changes",
    "IssueOrder",
    "Look",
    "Settings",
    "Sightings",
    "counts_after",
    "facts_of",
    "instant_of",
    "is_published",
    "is_restored",
    "is_visible",
    "status_at",
]
