"""What the exports of other newsletter services look like, and what each says of who left.

A column is taken for "left" only where the service means that by it: a payment that ended, a plan,
an address in a "State" are none of that. Of a list of no known service only what nobody could mean
otherwise counts; what somebody could is told by line and taken for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from publisher.subscribers.models import SubscriberState

if TYPE_CHECKING:
    from collections.abc import Mapping


_A = SubscriberState.ACTIVE
_P = SubscriberState.PENDING
_U = SubscriberState.UNSUBSCRIBED
_B = SubscriberState.BOUNCED
_C = SubscriberState.COMPLAINED

WORDS: Mapping[str, SubscriberState] = {
    "active": _A, "subscribed": _A, "confirmed": _A, "enabled": _A, "regular": _A, "premium": _A,
    "free": _A, "paid": _A, "comp": _A,
    "trial": _A, "trialed": _A, "gift": _A, "gifted": _A, "author": _A, "subscriber": _A,
    "unsubscribed": _U, "opted_out": _U, "opt_out": _U, "optout": _U, "suppressed": _U,
    "blocklisted": _U, "blacklisted": _U,
    "do_not_email": _U, "do_not_mail": _U,
    "bounced": _B, "cleaned": _B, "undeliverable": _B, "invalid": _B, "hard_bounced": _B,
    "hard_bounce": _B,
    "complained": _C, "complaint": _C, "spam": _C, "spammy": _C, "junk": _C,
    "pending": _P, "unconfirmed": _P, "unactivated": _P, "validating": _P, "nonsubscribed": _P,
    "non_subscribed": _P, "transactional": _P,
}  # fmt: skip
"""What a state means, whoever says it."""

DOUBTFUL = frozenset({
    "inactive", "cancelled", "canceled", "disabled", "removed", "deleted", "archived", "paused",
    "blocked", "expired", "suspended",
    "held", "on_hold", "lapsed", "churned", "closed",
})  # fmt: skip
"""Words that mean "left" in one place, and in another that a payment ended or somebody never opened
a message."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a service's export looks like.

    Attributes:
        name: Of the service.
        marks: Columns that give it away.
        columns: Names of the columns that say in which state somebody is, by meaning (see
            ``columns.NAMES``), best first.
        words: What its states mean, where that is not what :data:`WORDS` says.
        least: How many of its marks tell.
        lacks: Columns it never has.
        note: What the operator should know of such a file.
        first: Its first column holds the address, whatever it is called.
        placeholders: Ends of addresses that are nobody's.
    """

    name: str
    marks: frozenset[str]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    words: Mapping[str, SubscriberState] = field(default_factory=lambda: MappingProxyType({}))
    least: int = 2
    lacks: frozenset[str] = frozenset()
    note: str = ""
    first: bool = False
    placeholders: tuple[str, ...] = ()


SERVICES: tuple[Service, ...] = (
    Service("Publisher", frozenset({"cadence", "unwanted", "consent"}), {"state": ("status",)}),
    Service(
        "Mailchimp",
        frozenset(
            {
                "member_rating",
                "leid",
                "euid",
                "optin_ip",
                "confirm_ip",
                "dstoff",
                "gmtoff",
                "last_changed",
            }
        ),
        # Its three files have the same columns but for these: the file decides.
        {"left_file": ("unsub_time",), "bounced_file": ("clean_time",)},
        note=(
            "Mailchimp exports three files: bring those of the unsubscribed and the cleaned in as"
            " well."
        ),
        first=True,
    ),
    Service(
        "Substack",
        frozenset({"active_subscription", "email_disabled"}),
        # ``active_subscription`` means that they pay.
        {"disabled": ("email_disabled",)},
        least=1,
        placeholders=("@deletion-request.substack.com",),
    ),
    Service(
        # Who is in it gets mail; its cancel date is the payment's.
        "Substack dashboard",
        frozenset(
            {
                "stripe_plan",
                "cancel_date",
                "paid_upgrade_date",
                "subscription_source_free",
                "activity",
            }
        ),
        placeholders=("@deletion-request.substack.com",),
    ),
    Service(
        "Ghost",
        frozenset(
            {"subscribed_to_emails", "complimentary_plan", "labels", "tiers", "products", "gift_id"}
        ),
        {"subscribed": ("subscribed_to_emails",), "left_at": ("deleted_at",)},
    ),
    Service(
        "Buttondown",
        frozenset(
            {
                "creation_date",
                "unsubscription_date",
                "referrer_url",
                "email_address",
                "secondary_id",
                "subscriber_type",
            }
        ),
        {"state": ("subscriber_type", "type"), "left_at": ("unsubscription_date",)},
        # Payments that stopped; see SubscriberType in
        # https://github.com/buttondown/openapi/blob/main/enums.json.
        {
            "paused": _A,
            "past_due": _A,
            "unpaid": _A,
            "churning": _A,
            "churned": _A,
            "removed": _U,
            "blocked": _U,
            "disabled": _U,
        },
    ),
    Service(
        "beehiiv",
        frozenset(
            {
                "utm_source",
                "subscription_id",
                "unsubscribed_at",
                "referral_code",
                "status",
                "tier",
                "free_tier",
                "premium_tier",
                "stripe_customer_id",
            }
        ),
        {"state": ("status",), "left_at": ("unsubscribed_at",)},
        {"inactive": _U},
    ),
    Service(
        "MailPoet",
        frozenset(
            {
                "list_status",
                "global_status",
                "subscription_ip",
                "subscription_time",
                "confirmation_ip",
                "confirmation_time",
            }
        ),
        {"state": ("global_status", "status"), "list_state": ("list_status",)},
        note=(
            "MailPoet writes a row for each list: who left one of the lists in this file stays"
            " away."
        ),
    ),
    Service(
        "Kit",
        frozenset({"first_name", "created_at", "subscriber_id", "state", "status", "cancelled_at"}),
        {"state": ("status", "state"), "left_at": ("cancelled_at",)},
        # Inactive there is who never confirmed (help.kit.com, subscriber statuses).
        {"cancelled": _U, "canceled": _U, "inactive": _P},
        least=3,
        lacks=frozenset({"last_name", "name"}),
    ),
    Service(
        "MailerLite",
        frozenset(
            {
                "subscriber",
                "opened",
                "clicked",
                "opens",
                "clicks",
                "sent",
                "location",
                "sign_up_ip_address",
            }
        ),
        # Its column "State" is of an address.
        {
            "state": ("status", "type"),
            "left_at": ("unsubscribed", "unsubscribed_at", "unsubscribe_date"),
        },
    ),
    Service(
        "listmonk",
        frozenset({"uuid", "attributes", "lists"}),
        {"state": ("status",)},
        {"disabled": _U},
        note=(
            "listmonk's export does not say who left a single list: take those off too (publisher"
            " subscribers suppress ADDRESS)."
        ),
    ),
)
"""The services that are known. Their columns were looked up in their own documentation and in what
others read of them."""

UNKNOWN = Service(
    "",
    frozenset(),
    {
        "state": (
            "status", "subscription_status", "subscriber_status", "email_status", "state",
            "subscription_type", "subscriber_type", "type",
        ),
        "subscribed": ("subscribed_to_emails", "is_subscribed", "email_subscription", "subscribed"),
        "disabled": ("email_disabled", "unsubscribed", "is_unsubscribed", "opted_out", "opt_out",
        "optout"),
        "left_at": (
            "unsubscribed_at", "unsub_time", "unsubscription_date", "unsubscribe_date",
            "unsubscribed_date", "opt_out_date", "optout_time",
        ),
        "bounced_at": ("clean_time", "bounced_at", "bounce_date"),
        "doubtful": ("active", "is_active", "enabled", "is_enabled"),
        "doubtful_at": ("cancelled_at", "canceled_at", "cancel_date", "cancelled", "canceled",
        "deleted_at", "deleted", "archived_at"),
    },
)  # fmt: skip
"""A list of nobody known: what says plainly that somebody left, and what may say so."""

POSTAL = frozenset({
    "city", "town", "country", "zip", "zip_code", "zipcode", "postal_code", "postcode", "street",
    "address", "address_1", "address_line_1",
    "region", "location",
})  # fmt: skip
"""Beside these a column "State" is of an address."""
