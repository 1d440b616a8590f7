"""What becomes of a row after an attempt: a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.delivery.models import Candidate, Claim, DeliveryState, MessageKind
from publisher.delivery.outcomes import LOG_SETTLES, OnUncertain, outcome_of
from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.delivery.retry import DEFAULT

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
S = DeliveryState
RESEND, HOLD, RECONCILE = OnUncertain


def _claim(attempts: int, first: datetime = NOW) -> Claim:
    return Claim(
        Candidate(7, MessageKind.ISSUE, 1, "ada@example.net"), "<a@b>", attempts, first, 1.0
    )


@pytest.mark.parametrize(
    ("verdict", "attempts", "policy", "state", "wait", "counts_as_attempt"),
    [
        (Verdict.ACCEPTED, 1, RESEND, S.SENT, timedelta(0), True),
        (Verdict.REFUSED, 1, RESEND, S.FAILED, timedelta(0), True),
        (Verdict.ADDRESS, 1, RESEND, S.FAILED, timedelta(0), True),
        (Verdict.LATER, 1, RESEND, S.DEFERRED, timedelta(minutes=1), True),
        (Verdict.LATER, 4, RESEND, S.DEFERRED, timedelta(hours=1), True),
        (Verdict.RELAY, 1, RESEND, S.QUEUED, timedelta(0), False),
        (Verdict.RELAY, 2, RESEND, S.DEFERRED, timedelta(0), False),
        (Verdict.UNCERTAIN, 1, RESEND, S.DEFERRED, timedelta(minutes=1), True),
        (Verdict.UNCERTAIN, 1, HOLD, S.UNKNOWN, timedelta(0), True),
        (Verdict.UNCERTAIN, 1, RECONCILE, S.UNKNOWN, LOG_SETTLES, True),
    ],
)
def test_what_an_outcome_means(
    verdict: Verdict,
    attempts: int,
    policy: OnUncertain,
    state: DeliveryState,
    wait: timedelta,
    *,
    counts_as_attempt: bool,
) -> None:
    """State, time of the next look, and whether the attempt counts."""
    mark = outcome_of(
        _claim(attempts), AttemptResult(verdict, "words"), S.SENT, DEFAULT, policy, NOW
    )
    assert (mark.state, mark.due - NOW, mark.counts_as_attempt, mark.reply) == (
        state,
        wait,
        counts_as_attempt,
        "words",
    )


def test_what_a_maildir_took_is_written() -> None:
    """It is never called sent."""
    assert (
        outcome_of(
            _claim(1), AttemptResult(Verdict.ACCEPTED, ""), S.WRITTEN, DEFAULT, RESEND, NOW
        ).state
        is S.WRITTEN
    )


def test_three_days_after_the_first_attempt_it_is_given_up() -> None:
    """However few attempts there were."""
    old = _claim(3, NOW - timedelta(hours=72))
    mark = outcome_of(old, AttemptResult(Verdict.LATER, "busy"), S.SENT, DEFAULT, RESEND, NOW)
    assert (mark.state, mark.reason) == (S.FAILED, "gave up")
