"""``publisher send plan | apply | test``."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import config_of, console, print_issue_lines, print_json
from publisher.delivery.message_factory import return_path_of
from publisher.delivery.reply_codes import Verdict
from publisher.delivery.transports.configured import transports_of
from publisher.errors import HeaderError, UsageError
from publisher.issues.send_plan import plan, sample_message
from publisher.publishing.report import issue_json
from publisher.subscribers.email_address import AddressError, check_address, envelope_address

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.issues.send_plan import SendPlan

_SECONDS = 120.0


def show_plan(key: int, given: Path | None, *, as_json: bool) -> None:
    """Print what releasing an issue would do."""
    site = open_site(config_of(given))
    line, _ = site.issue_service().show(key, now())
    with site.database.reading() as transaction:
        made = plan(site.config, transaction, key)
    if as_json:
        print_json(_json(made))
        return
    print_issue_lines([line])
    console.print(
        f"To       {made.now:,} at once, by"
        f" {'smtp' if site.config.sends else 'maildir (nothing is sent)'}"
    )
    for cadence, count in made.digests.items():
        console.print(f"         {count:,} in their {cadence} digest")
    for why, count in made.others.items():
        console.print(f"Not to   {count:,}: {why}")
    console.print(
        f"Size     {made.size / 1000:.0f} KB each, {made.size * made.now / 1_000_000:,.0f} MB"
        " in all"
    )
    console.print(f"Time     {_time(made, site.config)}")
    console.print(f"Plan     {made.hash}")
    console.print(
        f"Next     publisher send apply {key} --plan {made.hash}      (or: publisher send test"
        f" {key} you@example.org)"
    )


def _time(made: SendPlan, config: Config) -> str:
    if made.seconds is None:
        return "as fast as the relay takes it" if config.sends else "as fast as the disk takes it"
    return f"{timedelta(seconds=round(made.seconds))} at smtp.per_second and per_day"


def _json(made: SendPlan) -> dict[str, object]:
    return {
        "id": made.issue.key,
        "subject": made.issue.subject,
        "now": made.now,
        "digests": dict(made.digests),
        "not": dict(made.others),
        "bytes": made.size,
        "seconds": made.seconds,
        "plan": made.hash,
    }


def apply_plan(key: int, expected: str, given: Path | None, *, as_json: bool) -> None:
    """Release an issue when its plan is still the same.

    Raises:
        UsageError: Issue or audience changed.
    """
    site = open_site(config_of(given))

    def check(transaction: Transaction) -> None:
        made = plan(site.config, transaction, key)
        if made.hash != expected:
            raise UsageError(
                f"The plan of issue {key} is {made.hash} by now, not {expected}.",
                cure=f"Look: publisher send plan {key}",
            )

    lines = site.issue_service().release([key], None, now(), check=check)
    if as_json:
        print_json({"issues": [issue_json(line) for line in lines]})
    else:
        print_issue_lines(lines)
        console.print("Next     it goes with the running daemon, or with: publisher run --once")


def send_copy(key: int, address: str, given: Path | None, *, as_json: bool) -> int:
    """Send one copy outside the ledger; return the exit status.

    Raises:
        UsageError: The address is none.
    """
    try:
        recipient = envelope_address(check_address(address).typed)
    except AddressError as error:
        raise UsageError(f"{address} is no mail address: {error}") from error
    config = config_of(given)
    site = open_site(config)
    line, content = site.issue_service().show(key, now())
    sender = return_path_of(config)
    try:
        message_id = f"<test.{secrets.token_hex(12)}@{sender.rpartition('@')[2]}>"
        data = sample_message(config, line.issue, content, recipient, message_id, now())
    except HeaderError as error:
        raise UsageError(f"No message can be made: {error}.") from error
    transport = transports_of(config)()[0]
    outcome = transport.deliver(sender, recipient, data, _SECONDS)
    transport.close()
    taken = outcome.verdict is Verdict.ACCEPTED
    if as_json:
        print_json({"address": address, "accepted": taken, "said": outcome.words})
    elif taken:
        console.print(f"{'Sent' if config.sends else 'Written'} to {address}: {outcome.words}")
    else:
        console.print(f"error: not sent to {address}: {outcome.words}", style="bold red")
    return 0 if taken else 1
