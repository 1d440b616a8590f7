"""``publisher deliveries list | show | resolve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import ago, config_of, console, print_json, table
from publisher.delivery.models import DeliveryState
from publisher.delivery.postfix_log import accepted_by_log
from publisher.errors import UsageError
from publisher.issues.outgoing import SendControls

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from publisher.delivery.models import Delivery

_OUTCOMES = {
    "sent": DeliveryState.SENT,
    "failed": DeliveryState.FAILED,
    "resend": DeliveryState.DEFERRED,
}


def list_deliveries(
    given: Path | None, *, issue: int, state: str, address: str, most: int, as_json: bool
) -> None:
    """Print rows of the ledger.

    Raises:
        UsageError: The state is none.
    """
    outgoing = SendControls(open_site(config_of(given)).database)
    states = [_state(name) for name in state.split(",")] if state else []
    rows = outgoing.deliveries(issue=issue, states=states, address=address, most=most)
    counts = outgoing.counts(issue) if issue else {}
    if as_json:
        print_json(
            {
                "counts": {str(name): count for name, count in counts.items()},
                "deliveries": [_json(row) for row in rows],
            }
        )
        return
    if counts:
        console.print(
            f"Issue {issue}: "
            + ", ".join(f"{counts[name]:,} {name}" for name in DeliveryState if counts.get(name))
        )
    if not rows:
        console.print("No such messages.")
        return
    shown, instant = table("delivery", "issue", "to", "state", "changed", "said"), now()
    for row in rows:
        said = row.reply or row.reason
        shown.add_row(
            str(row.key),
            str(row.issue or ""),
            row.address or "(forgotten)",
            str(row.state),
            ago(row.changed, instant),
            said,
        )
    console.print(shown)
    if any(row.state is DeliveryState.UNKNOWN for row in rows):
        console.print(
            "Next     publisher deliveries resolve --from /var/log/mail.log, or resolve <delivery>"
            " --as sent|failed|resend"
        )


def show_delivery(key: int, given: Path | None, *, as_json: bool) -> None:
    """Print one row of the ledger."""
    row = SendControls(open_site(config_of(given)).database).delivery(key)
    if as_json:
        print_json(_json(row))
        return
    for name, value in _json(row).items():
        if value not in ("", None):
            console.print(f"{name.replace('_', ' '):<12} {value}")


def resolve(
    keys: Sequence[int], outcome: str, log: Path | None, given: Path | None, *, as_json: bool
) -> None:
    """Record what became of messages in doubt.

    Raises:
        UsageError: Neither messages with an outcome nor a log were given, or the outcome is none.
        StateError: The log cannot be read.
    """
    if bool(keys) == (log is not None):
        cure = (
            "publisher deliveries resolve 17 --as sent, or publisher deliveries resolve --from"
            " /var/log/mail.log"
        )
        raise UsageError("Name messages and what became of them, or a log.", cure=cure)
    outgoing = SendControls(open_site(config_of(given)).database)
    sent = again = 0
    if log is not None:
        path = log
        sent, again = outgoing.resolve_from(lambda ids: accepted_by_log(path, ids), now())
    elif outcome not in _OUTCOMES:
        raise UsageError(
            f"--as {outcome or '(nothing)'} is no outcome.",
            cure="Known are sent, failed and resend.",
        )
    else:
        count = outgoing.resolve(keys, _OUTCOMES[outcome], now())
        sent, again = (count, 0) if outcome != "resend" else (0, count)
    if as_json:
        print_json({"settled": sent, "sent_again": again})
    else:
        console.print(f"{sent:,} settled, {again:,} to be sent again.")


def _state(name: str) -> DeliveryState:
    try:
        return DeliveryState(name.strip())
    except ValueError as error:
        raise UsageError(
            f"{name!r} is no state of a delivery.", cure=f"Known are {', '.join(DeliveryState)}."
        ) from error


def _json(row: Delivery) -> dict[str, object]:
    return {
        "id": row.key,
        "kind": str(row.kind),
        "issue": row.issue,
        "address": row.address,
        "state": str(row.state),
        "reason": row.reason,
        "said": row.reply,
        "attempts": row.attempts,
        "message_id": row.message_id,
        "queued": row.queued.isoformat(),
        "attempted": row.attempted.isoformat() if row.attempted is not None else None,
        "due": row.due.isoformat(),
        "changed": row.changed.isoformat(),
        "worker": row.worker,
    }
