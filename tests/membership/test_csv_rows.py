"""Lists as other services export them.

Who comes in, who stays away, and what is told of the rest.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from publisher.membership.csv_columns import recognise
from publisher.subscribers.models import SubscriberState
from tests.membership.exports import EXPORTS, TODAY
from tests.membership.imported import Imported

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("service", "text", "wanted", "consent"),
    EXPORTS,
    ids=[f"{e[0]}-{n}" for n, e in enumerate(EXPORTS)],
)
def test_an_export_is_recognised_and_understood(
    tmp_path: Path, service: str, text: str, wanted: dict[str, SubscriberState], consent: str
) -> None:
    """Columns by their names, states by each service's words; who left there stays away here."""
    layout = recognise(
        next(csv.reader(io.StringIO(text), delimiter=";" if service == "MailerLite" else ","))
    )
    assert layout is not None
    assert layout.service == service
    made = Imported(tmp_path / "state", "")
    if consent:
        without = made.bring(text)
        assert (without.added, without.without_consent) == (0, 1), "the file proves no consent"
        made.state.close()
        made = Imported(tmp_path / "again", "")
    made.bring(text, consent=consent)
    assert made.states() == wanted
    made.state.close()


@pytest.mark.parametrize(
    ("service", "text", "wanted"), TODAY, ids=[f"{one[0]}-{n}" for n, one in enumerate(TODAY)]
)
def test_who_left_is_read_as_each_service_means_it(
    tmp_path: Path, service: str, text: str, wanted: dict[str, SubscriberState]
) -> None:
    """A payment, a plan, a note, a label or an address is no leaving; nobody who left comes in."""
    made = Imported(tmp_path / "state", "")
    layout = recognise(next(csv.reader(io.StringIO(text))))
    assert layout is not None
    assert layout.service == service
    made.bring(text, consent="asked for it there")
    assert made.states() == {f"{name}@example.org": state for name, state in wanted.items()}
    made.state.close()


@pytest.mark.parametrize(
    ("header", "cells", "said"),
    [
        ("email,active", "no", "'active' says 'no', which may or may not mean that they left"),
        ("email,status", "inactive", "'status' says 'inactive', which may or may not"),
        ("email,status", "Cancelled", "'status' says 'Cancelled', which may or may not"),
        ("email,cancelled_at", "2023-01-01", "'cancelled_at' says '2023-01-01'"),
        ("email,unsubscribed", "perhaps", "'unsubscribed' says 'perhaps'"),
        (
            "email,Globaler Zustand",
            "Unsubscribed",
            "the column 'Globaler Zustand' says 'Unsubscribed'",
        ),
        ("email,mailing", "bounced", "the column 'mailing' says 'bounced'"),
    ],
)
def test_what_may_mean_that_somebody_left_is_told_and_nobody_is_put_away(
    imported: Imported, header: str, cells: str, said: str
) -> None:
    """In a list of no known service.

    Neither mailed nor kept away by guess, and a row that says nothing of it comes in.
    """
    report = imported.bring(f"{header}\na@example.org,{cells}\nb@example.org,\n", consent="yes")
    assert imported.states() == {"b@example.org": SubscriberState.ACTIVE}
    assert (report.refused, imported.refused[0][0]) == (1, 2)
    assert said in imported.refused[0][2]


@pytest.mark.parametrize(
    ("header", "cells", "state"),
    [
        ("email,unsubscribed", "2023-01-01", SubscriberState.UNSUBSCRIBED),
        ("email,unsubscribed", "TRUE", SubscriberState.UNSUBSCRIBED),
        ("email,subscribed", "no", SubscriberState.UNSUBSCRIBED),
        ("email,subscribed", "2023-01-01", SubscriberState.ACTIVE),
        ("email,subscribed", "yes", SubscriberState.ACTIVE),
        ("email,Status", "opted-out", SubscriberState.UNSUBSCRIBED),
        ("email,state", "unsubscribed", SubscriberState.UNSUBSCRIBED),
        ("email,City,State", "Reno,Nevada", SubscriberState.ACTIVE),
        ("email,active", "yes", SubscriberState.ACTIVE),
        ("email,note", "asked about our cancelled event", SubscriberState.ACTIVE),
    ],
)
def test_what_says_plainly_who_left_is_believed(
    imported: Imported, header: str, cells: str, state: SubscriberState
) -> None:
    """Also in a list of no known service."""
    imported.bring(f"{header}\na@example.org,{cells}\n", consent="yes")
    assert imported.states() == {"a@example.org": state}


def test_a_list_of_nobody_is_not_recognised() -> None:
    """Without a column of addresses there is nothing to do."""
    assert recognise(["name", "phone"]) is None
    assert recognise([]) is None
    assert json.dumps(recognise(["\ufeffE-Mail"]) is not None) == "true"
