"""Mail to the operator: what happened to issues, and the command to go on with."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from publisher.delivery.message_factory import message_id
from publisher.delivery.models import Delivery, DeliveryState, MessageKind
from publisher.delivery.store import DeliveryStore
from publisher.newsletter.branding import transactional_branding
from publisher.newsletter.finish import render_mail
from publisher.newsletter.issue import IssueContent
from publisher.newsletter.mime import address_of
from publisher.newsletter.models import Composition
from publisher.newsletter.templates import render_or_shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.newsletter.issue import IssueRecord
    from publisher.newsletter.models import Branding
    from publisher.subscribers.tokens import Keyring


def compose_alert(
    subject: str,
    lines: Sequence[str],
    commands: Sequence[str],
    branding: Branding,
    environment: Environment,
) -> Composition:
    """Compose one mail to the operator.

    Args:
        subject: One line.
        lines: What happened, a paragraph each.
        commands: What to type to go on.
        branding: What every mail of the site shares.
        environment: With ``newsletter/notice.html`` and ``newsletter/notice.txt``.
    """
    values = alert_values(subject, lines, commands, branding)
    mail = render_mail(render_or_shipped, environment, "notice", values)
    return Composition(subject, "", mail.html, mail.text)


def alert_values(
    subject: str, lines: Sequence[str], commands: Sequence[str], branding: Branding
) -> Mapping[str, object]:
    """Return what the templates of a notice are filled with."""
    return {
        "subject": subject, "preheader": "", "lines": list(lines), "commands": list(commands),
        "letterhead": branding,
        "language": "en", "direction": "ltr",
    }  # fmt: skip


_NAMED = 10


class OperatorAlerts:
    """Writes to the operator; does nothing where nobody is named."""

    def __init__(
        self, config: Config, keyring: Callable[[], Keyring], environment: Callable[[], Environment]
    ) -> None:
        self.config, self._keyring, self.environment = config, keyring, environment

    def held(self, transaction: Transaction, issues: Sequence[IssueRecord], now: datetime) -> None:
        """Queue an alert of the issues that a round held, and why."""
        if not issues:
            return
        first = issues[0]
        subject = f"Held: {first.subject}" if len(issues) == 1 else f"{len(issues)} issues are held"
        lines = [
            f"Issue {issue.key} is held ({issue.reason}): {issue.subject}"
            for issue in issues[:_NAMED]
        ]
        if len(issues) > _NAMED:
            lines.append(f"And {len(issues) - _NAMED} more.")
        which = str(first.key) if len(issues) == 1 else f'--reason "{first.reason}"'
        commands = (f"publisher issues release {which}", f"publisher issues discard {which}")
        self._write(
            transaction,
            f"held:{','.join(str(issue.key) for issue in issues)}",
            subject,
            lines,
            commands,
            now,
        )

    def paused(self, transaction: Transaction, issue: IssueRecord, why: str, now: datetime) -> None:
        """Queue an alert of an issue that stopped before its end."""
        commands = (
            f"publisher deliveries list --issue {issue.key}",
            f"publisher issues resume {issue.key}",
        )
        lines = (f"Issue {issue.key} is paused ({issue.reason}). {why}",)
        self._write(
            transaction, f"paused:{issue.key}", f"Paused: {issue.subject}", lines, commands, now
        )

    def finished(
        self,
        transaction: Transaction,
        issue: IssueRecord,
        counts: Mapping[DeliveryState, int],
        now: datetime,
    ) -> None:
        """Queue an alert of how an issue ended."""
        said = ", ".join(
            f"{counts[state]:,} {state}" for state in DeliveryState if counts.get(state)
        )
        lines = [f"Issue {issue.key} is {issue.state}: {said or 'nobody was to get it'}."]
        commands = []
        if counts.get(DeliveryState.FAILED):
            commands += [
                f"publisher deliveries list --issue {issue.key} --state failed",
                f"publisher issues retry {issue.key}",
            ]
        if counts.get(DeliveryState.UNKNOWN):
            commands.append(f"publisher deliveries list --issue {issue.key} --state unknown")
        self._write(
            transaction, f"finished:{issue.key}", f"Finished: {issue.subject}", lines, commands, now
        )

    def _write(
        self,
        transaction: Transaction,
        what: str,
        subject: str,
        lines: Sequence[str],
        commands: Sequence[str],
        now: datetime,
    ) -> None:
        if self.config.notify.email is None:
            return
        dedup = f"notice:{hashlib.sha256(what.encode()).hexdigest()[:16]}:{int(now.timestamp())}"
        line = " ".join(subject.split())
        composition = compose_alert(
            line, lines, commands, transactional_branding(self.config), self.environment()
        )
        content = IssueContent(
            composition.subject, composition.preheader, composition.html, composition.text
        )
        DeliveryStore(transaction).add_delivery(
            Delivery(
                kind=MessageKind.TRANSACTIONAL,
                dedup_key=dedup,
                address=address_of(self.config.notify.email),
                message_id=message_id(self.config, self._keyring(), dedup),
                queued=now,
                due=now,
                changed=now,
                content=content,
            )
        )
