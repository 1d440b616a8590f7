"""Messages in hand, or in doubt, while their reader leaves, is suppressed or forgotten.

What waits is cancelled at once. What is in hand goes its way and its outcome is kept, but nothing
may put it back among those that wait: there would be a further message, or a row without an address
to send to. The reason of such a row says why its reader is gone, and whatever would put it back (a
mark, a claim that is taken over, a person or a log that settles a doubt) skips it instead.
"""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, case, literal, or_

from publisher.database import schema
from publisher.delivery.models import DeliveryState
from publisher.delivery.outcomes import FORGOTTEN, IN_DOUBT, WAITS
from publisher.subscribers.email_address import envelope_address

_TABLE = schema.deliveries
_KNOWN = f"deliveries.reason NOT IN ('', '{IN_DOUBT}')"
_WHY = f"CASE WHEN {_KNOWN} THEN deliveries.reason ELSE '{FORGOTTEN}' END"
_IS_GONE = f"(deliveries.address IS NULL OR {_KNOWN})"
NEXT_STATE = (
    f"CASE WHEN v.state IN ('queued', 'deferred') AND {_IS_GONE} THEN 'skipped' ELSE v.state END"
)
"""State of a row in hand after its attempt, ``v`` being the outcome."""
NEXT_REASON = (
    f"CASE WHEN v.state IN ('queued', 'deferred', 'unknown') AND {_IS_GONE} THEN {_WHY} ELSE"
    " v.reason END"
)
"""Its reason."""


def is_gone() -> ColumnElement[bool]:
    """Return the condition that the reader of a row in hand or in doubt is gone."""
    return or_(_TABLE.c.address.is_(None), _TABLE.c.reason.not_in(("", IN_DOUBT)))


def put_back(state: DeliveryState) -> dict[str, ColumnElement[str]]:
    """Return the columns of rows in hand or in doubt that are put back.

    The rows get ``state``, or are skipped where their reader is gone.
    """
    why = case((_TABLE.c.reason.not_in(("", IN_DOUBT)), _TABLE.c.reason), else_=FORGOTTEN)
    if state not in {*WAITS, DeliveryState.UNKNOWN}:
        return {"state": literal(str(state)), "reason": literal("")}
    instead = DeliveryState.SKIPPED if state in WAITS else state
    return {
        "state": case((is_gone(), str(instead)), else_=str(state)),
        "reason": case((is_gone(), why), else_=""),
    }


def without_address(reply: str, address: str | None) -> str:
    """Return a relay's words with ``…`` in the place of an address.

    It is found however its letters are cased and its domain is written.
    """
    if not address or "@" not in reply:
        return reply
    forms = sorted({address, envelope_address(address)}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, forms)), "…", reply, flags=re.IGNORECASE)
