"""``send plan``.

Who would get an issue now, who would not and why, how large it is and how long it takes; ``send
test``: one copy.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.delivery.message_factory import merge_of
from publisher.errors import NotFoundError, UsageError
from publisher.newsletter.audience import Matcher, terms_of
from publisher.newsletter.issue import IssueState
from publisher.newsletter.mail_merge import Recipient
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from publisher.subscribers.email_address import envelope_address
from publisher.subscribers.models import Cadence, SubscriberState
from publisher.subscribers.store import SubscriberStore

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.newsletter.issue import IssueContent, IssueRecord


_DAY = 86_400


@dataclass(frozen=True, slots=True)
class SendPlan:
    """What releasing an issue now would do.

    Attributes:
        issue: The issue.
        now: How many get it at once.
        digests: How many get it in their next digest, by cadence.
        others: How many do not get it, by why.
        size: Bytes of one message.
        seconds: How long sending takes at the present limits; None where there are none.
        hash: The same as long as issue and audience are.
    """

    issue: IssueRecord
    now: int
    digests: Mapping[str, int]
    others: Mapping[str, int]
    size: int
    seconds: float | None
    hash: str


def plan(config: Config, transaction: Transaction, key: int) -> SendPlan:
    """Plan the release of an issue that is held or waiting, and composed.

    Raises:
        NotFoundError: There is no such issue.
        UsageError: It is neither held nor waiting, or of no post any more.
    """
    issue, content = IssueStore(transaction).issue(key), IssueStore(transaction).content(key)
    if issue is None:
        raise NotFoundError(f"There is no issue {key}.", cure="'publisher issues list' shows them.")
    if issue.state not in {IssueState.HELD, IssueState.WAITING} or content is None:
        raise UsageError(
            f"Issue {key} is {issue.state}: its audience is fixed.",
            cure=f"See: publisher deliveries list --issue {key}",
        )
    record = next(
        (record for record in PostStore(transaction).records() if record.key == issue.posts[0]),
        None,
    )
    if record is None:
        raise UsageError(f"The post of issue {key} is gone.", cure="Discard it.")
    digest = hashlib.sha256()
    for words in (content.subject, content.preheader, content.html, content.text):
        digest.update(words.encode("utf-8", "surrogatepass") + b"\0")
    now, digests, others = _sort(transaction, terms_of(record), digest)
    return SendPlan(
        issue,
        now,
        digests,
        others,
        _size(config, issue, content),
        _seconds(config, now),
        digest.hexdigest()[:16],
    )


def _sort(
    transaction: Transaction, terms: Collection[str], digest: hashlib._Hash
) -> tuple[int, Mapping[str, int], Mapping[str, int]]:
    """Sort every subscriber by whether they get it now, later, or not.

    Who gets it now or later goes into the hash.
    """
    now, digests, others = 0, Counter[str](), Counter[str]()
    wants = Matcher(terms)
    for person in SubscriberStore(transaction).all_subscribers():
        chosen = person.preferences
        if person.state is not SubscriberState.ACTIVE:
            others[str(person.state)] += 1
        elif not wants(chosen):
            others["other topics"] += 1
        else:
            digest.update(
                f"{person.key} {person.address} {chosen.cadence}\n".encode("utf-8", "surrogatepass")
            )
            now += chosen.cadence is Cadence.EVERY_POST
            if chosen.cadence is not Cadence.EVERY_POST:
                digests[str(chosen.cadence)] += 1
    return now, digests, others


def _seconds(config: Config, count: int) -> float | None:
    if not config.sends or not (config.smtp.per_second or config.smtp.per_day):
        return None
    by_second = count / config.smtp.per_second if config.smtp.per_second else 0.0
    by_day = (max(count, 1) - 1) // config.smtp.per_day * _DAY if config.smtp.per_day else 0
    return max(by_second, by_day)


def _size(config: Config, issue: IssueRecord, content: IssueContent) -> int:
    return len(
        sample_message(
            config, issue, content, "reader@example.com", "<sample@example.com>", issue.created
        )
    )


def sample_message(
    config: Config,
    issue: IssueRecord,
    content: IssueContent,
    address: str,
    message_id: str,
    now: datetime,
) -> bytes:
    """Make an issue's message for somebody who is not on the list.

    Its own links lead to pages that ask who they are.

    Raises:
        HeaderError: The subject, the sender or the address would break the message.
    """
    web = config.web_url
    date = now.astimezone(config.zone).replace(microsecond=0)
    reader = Recipient(
        envelope_address(address), "", date, message_id, f"{web}/unsubscribe", f"{web}/preferences"
    )
    return merge_of(config, issue, content).message(reader)
