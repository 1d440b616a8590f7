"""One round: from the folder to feeds on disk and issues in the outbox.

::

    folder --look--> Sightings --decide--> Changes --record--> database (one transaction: posts,
    announcements, issues)
                                                        |
                                                        +--> mark --> feeds --> public/

``publish`` knows the order of the steps and nothing else; ``looking``, ``recording``,
``composing``, ``entries`` and ``feeding`` are the steps. What is newly published, held or due is
decided in :mod:`publisher.changes`; how things look, in the pure stages.
"""

from publisher.pipeline.publish import Options, Publisher
from publisher.pipeline.report import Report

__all__ = ["Options", "Publisher", "Report"]
