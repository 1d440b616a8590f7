"""What becomes of a delivery after an attempt.

One pure function from the server's verdict to a row of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from publisher.delivery.models import DeliveryState
from publisher.delivery.reply_codes import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.delivery.models import Claim
    from publisher.delivery.reply_codes import AttemptResult
    from publisher.delivery.retry import RetryPolicy


LOG_SETTLES = timedelta(seconds=10)
"""How long after an attempt the relay's log is looked at: what it accepted is written there by
then."""

MADE_AGAIN = timedelta(minutes=1)
"""How soon a message is made again that could not be made; it was never tried, so no attempt is
counted, and none is given up."""

ADDRESS_REFUSED = "address refused"
GAVE_UP = "gave up"
IN_DOUBT = "in doubt"
ISSUE_CANCELLED = "issue cancelled"
FORGOTTEN = "forgotten"

WAITS = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
"""States from which a message is claimed."""


class OnUncertain(StrEnum):
    """What becomes of a message that may or may not have been accepted.

    It is the setting ``delivery.on_uncertain``.
    """

    RESEND = "resend"
    HOLD = "hold"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """How a claimed row is to stand after its attempt.

    Attributes:
        claim: Whose; only the process that holds this very claim may mark it.
        state: Where it stands.
        due: Not before this; of a row that waits.
        reply: The server's words.
        reason: Why it failed or is in doubt.
        counts_as_attempt: The attempt counts; False when the relay as a whole, or this program, was
            at fault and nothing was tried.
    """

    claim: Claim
    state: DeliveryState
    due: datetime
    reply: str
    reason: str = ""
    counts_as_attempt: bool = True


def outcome_of(
    claim: Claim,
    outcome: AttemptResult,
    accepted: DeliveryState,
    policy: RetryPolicy,
    on_uncertain: OnUncertain,
    now: datetime,
    spread: float = 0.5,
) -> DeliveryOutcome:
    """Return how a delivery stands after an attempt.

    Args:
        claim: The attempt.
        outcome: What came of it.
        accepted: What a message is that was taken: sent, or written to a maildir.
        policy: When it is tried again.
        on_uncertain: What becomes of one in doubt.
        now: Aware.
        spread: From 0 to 1, where inside the policy's jitter.
    """
    words = outcome.words
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return DeliveryOutcome(claim, accepted, now, words)
        case Verdict.REFUSED:
            return DeliveryOutcome(claim, DeliveryState.FAILED, now, words)
        case Verdict.ADDRESS:
            return DeliveryOutcome(claim, DeliveryState.FAILED, now, words, ADDRESS_REFUSED)
        # The relay's fault is not the message's: no attempt is counted, or an evening's outage
        # would use up everybody's.
        case Verdict.RELAY:
            before = DeliveryState.DEFERRED if claim.attempts > 1 else DeliveryState.QUEUED
            return DeliveryOutcome(claim, before, now, words, counts_as_attempt=False)
        case Verdict.UNMADE:
            return DeliveryOutcome(
                claim, DeliveryState.DEFERRED, now + MADE_AGAIN, words, counts_as_attempt=False
            )
        case Verdict.UNCERTAIN if on_uncertain is not OnUncertain.RESEND:
            looked_up = on_uncertain is OnUncertain.RECONCILE
            return DeliveryOutcome(
                claim,
                DeliveryState.UNKNOWN,
                now + LOG_SETTLES if looked_up else now,
                words,
                IN_DOUBT,
            )
    again = policy.again(claim.attempts, claim.attempted, now, spread)
    if again is None:
        return DeliveryOutcome(claim, DeliveryState.FAILED, now, words, GAVE_UP)
    return DeliveryOutcome(claim, DeliveryState.DEFERRED, again, words)
