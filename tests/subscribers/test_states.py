"""What each step does in each state of a subscriber."""

from __future__ import annotations

import pytest

from publisher.subscribers.models import SubscriberState
from publisher.subscribers.states import TRANSITIONS, StateChange, move


@pytest.mark.parametrize("step", StateChange)
def test_every_step_says_what_it_does_in_every_state(step: StateChange) -> None:
    """One table; a state that is missing from a row would be a step that surprises somebody."""
    assert set(TRANSITIONS[step]) >= set(SubscriberState)


@pytest.mark.parametrize("step", [step for step in StateChange if step is not StateChange.CONFIRM])
@pytest.mark.parametrize(
    "state", [SubscriberState.UNSUBSCRIBED, SubscriberState.BOUNCED, SubscriberState.COMPLAINED]
)
def test_nobody_who_left_comes_back_without_their_own_click(
    state: SubscriberState, step: StateChange
) -> None:
    """Neither a form, nor the operator, nor a file."""
    assert move(state, step) is not SubscriberState.ACTIVE
    assert move(state, StateChange.CONFIRM) is SubscriberState.ACTIVE


def test_a_stranger_cannot_be_confirmed() -> None:
    """There must be somebody."""
    with pytest.raises(ValueError, match="needs a subscriber"):
        move(None, StateChange.CONFIRM)
