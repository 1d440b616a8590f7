"""Recognise the columns of the CSV files that other newsletter services export."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "email_address", "e_mail", "e_mail_address", "subscriber", "mail", "address_email"),
    "name": ("name", "full_name", "subscriber_name", "display_name"),
    "first_name": ("first_name", "firstname", "fname", "given_name"),
    "last_name": ("last_name", "lastname", "lname", "surname", "family_name"),
    "state": ("status", "state", "type", "subscription_status", "subscriber_status", "subscription_type"),
    "subscribed": ("subscribed_to_emails", "active_subscription", "active", "is_subscribed", "email_subscription"),
    "disabled": ("email_disabled", "unsubscribed", "is_unsubscribed", "opted_out"),
    "left_at": (
        "unsubscribed_at", "unsub_time", "unsubscription_date", "unsubscribe_date", "unsubscribed_date", "cancelled_at", "deleted_at",
    ),
    "bounced_at": ("clean_time", "bounced_at", "bounce_date"),
    "confirmed_at": (
        "confirm_time", "confirmed_at", "confirm_date", "confirmation_date", "opt_in_date", "optin_time", "opt_in_time", "opted_in_at",
        "double_opt_in_at", "email_confirmed_at", "optin_date", "subscribed_at", "subscribe_date", "sign_up_date", "subscription_date",
        "subscribed",
    ),
    "confirmed_ip": ("confirm_ip", "confirm_ip_address", "confirmation_ip", "optin_ip", "opt_in_ip", "sign_up_ip_address"),
    "created_at": ("created_at", "creation_date", "created", "start_date", "date_added", "added_at", "signup_date", "joined_at"),
    "tags": ("tags", "labels", "topics", "interests"),
    "cadence": ("cadence", "frequency"),
    "unwanted": ("unwanted",),
    "zone": ("timezone", "time_zone"),
    "language": ("language", "locale", "lang"),
    "consent": ("consent",),
}  # fmt: skip
"""What a column means, by the names services give it, best first."""

SERVICES: Mapping[str, frozenset[str]] = {
    "Mailchimp": frozenset({"member_rating", "leid", "euid"}),
    "Substack": frozenset({"stripe_customer_id", "active_subscription", "email_disabled", "digest_enabled"}),
    "Ghost": frozenset({"subscribed_to_emails", "complimentary_plan", "labels", "tiers"}),
    "Buttondown": frozenset({"creation_date", "unsubscription_date", "referrer_url", "email_address"}),
    "Kit": frozenset({"first_name", "created_at", "subscriber_id", "state", "cancelled_at"}),
    "beehiiv": frozenset({"utm_source", "subscription_id", "unsubscribed_at", "referral_code", "status"}),
    "MailerLite": frozenset({"subscriber", "opened", "clicked", "opens", "clicks", "sent", "location", "sign_up_ip_address"}),
    "listmonk": frozenset({"uuid", "attributes", "lists"}),
    "Publisher": frozenset({"cadence", "unwanted", "consent"}),
}
"""Columns that give a service away; two of them do."""

_SURE = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column means what.

    Attributes:
        service: Whose export it looks like; empty when unknown.
        columns: Number of a column, by meaning.
        unused: Names of the columns that mean nothing here.
    """

    service: str
    columns: Mapping[str, int]
    unused: tuple[str, ...]


def recognise(header: Sequence[str]) -> Layout | None:
    """Recognise columns by their names; None when there is no column of addresses."""
    folded = [_fold(name) for name in header]
    columns: dict[str, int] = {}
    for meaning, names in NAMES.items():
        found = next((folded.index(name) for name in names if name in folded), None)
        if found is not None and found not in columns.values():
            columns[meaning] = found
    if "email" not in columns:
        return None
    scores = {service: len(marks & set(folded)) for service, marks in SERVICES.items()}
    best = max(scores, key=lambda service: scores[service])
    unused = tuple(name for number, name in enumerate(header) if number not in columns.values())
    return Layout(best if scores[best] >= _SURE else "", columns, unused)


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lstrip("\ufeff").strip().lower()).strip("_")
