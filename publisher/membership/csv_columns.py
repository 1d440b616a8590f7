"""Recognise the columns of the CSV files that other newsletter services export."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.membership.csv_services import POSTAL, SERVICES, UNKNOWN, Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "email_address", "e_mail", "e_mail_address", "subscriber", "mail",
    "address_email"),
    "name": ("name", "full_name", "subscriber_name", "display_name"),
    "first_name": ("first_name", "firstname", "fname", "given_name"),
    "last_name": ("last_name", "lastname", "lname", "surname", "family_name"),
    "confirmed_at": (
        "confirm_time", "confirmed_at", "confirm_date", "confirmation_date", "opt_in_date",
        "optin_time", "opt_in_time",
        "opted_in_at", "double_opt_in_at", "email_confirmed_at", "confirmation_time", "optin_date",
        "subscribed_at",
        "subscribe_date", "sign_up_date", "subscription_date", "subscription_time", "subscribed",
    ),
    "confirmed_ip": (
        "confirm_ip", "confirm_ip_address", "confirmation_ip", "optin_ip", "opt_in_ip",
        "sign_up_ip_address",
        "subscription_ip",
    ),
    "created_at": ("created_at", "creation_date", "created", "start_date", "date_added", "added_at",
    "signup_date", "joined_at"),
    "tags": ("tags", "labels", "topics", "interests"),
    "cadence": ("cadence", "frequency"),
    "unwanted": ("unwanted",),
    "zone": ("timezone", "time_zone"),
    "language": ("language", "locale", "lang"),
    "consent": ("consent",),
}  # fmt: skip
"""What a column means, by the names services give it, best first. Of states each service says its
own (:mod:`publisher.membership.csv_services`)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column means what.

    Attributes:
        of: Whose export it looks like.
        columns: Number of a column, by meaning.
        names: Of all columns, as written.
    """

    of: Service
    columns: Mapping[str, int]
    names: tuple[str, ...]

    @property
    def service(self) -> str:
        """Name the service; empty when unknown."""
        return self.of.name

    @property
    def unused(self) -> tuple[str, ...]:
        """Name the columns that mean nothing here."""
        return tuple(
            name for number, name in enumerate(self.names) if number not in self.columns.values()
        )


def recognise(header: Sequence[str]) -> Layout | None:
    """Recognise a service and its columns by their names.

    None when there is no column of addresses.
    """
    folded = [_fold(name) for name in header]
    of = _service(frozenset(folded))
    columns: dict[str, int] = {}
    # What says in which state somebody is comes first: elsewhere the same name may mean less.
    for meaning, names in {**of.columns, **NAMES}.items():
        found = next(
            (
                folded.index(name)
                for name in names
                if name in folded and _may_mean(meaning, name, folded)
            ),
            None,
        )
        if found is not None and found not in columns.values():
            columns[meaning] = found
    if "email" not in columns and of.first and 0 not in columns.values():
        columns["email"] = 0
    return Layout(of, columns, tuple(header)) if "email" in columns else None


def _service(columns: frozenset[str]) -> Service:
    found = [
        (len(service.marks & columns), service)
        for service in SERVICES
        if not service.lacks & columns
    ]
    return max(
        (one for one in found if one[0] >= one[1].least),
        key=lambda one: one[0],
        default=(0, UNKNOWN),
    )[1]


def _may_mean(meaning: str, name: str, folded: Sequence[str]) -> bool:
    return not (meaning == "state" and name == "state" and POSTAL.intersection(folded))


def _fold(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lstrip("\ufeff").strip().lower()).strip("_")
