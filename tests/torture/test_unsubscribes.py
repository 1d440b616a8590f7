"""Readers leave by one click while an issue is sent.

After the answer nothing more is claimed for them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from publisher.app import keyring_of, now
from publisher.config import load_config
from publisher.subscribers.tokens import Purpose
from tests.torture.daemons import free_port, running, until
from tests.torture.rows import Row, record
from tests.torture.scale import CONNECTIONS, scaled
from tests.torture.subscribed_site import SubscribedSite, instant, subject_of

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.torture.mail_sinks import Direct

LEAVE = scaled(5000, 200)
STAY = LEAVE // 5
SUBJECT = "Harbour lights"
PEOPLE = "SELECT address, public FROM subscribers ORDER BY id DESC"
ROW = "SELECT state, attempts, attempted FROM deliveries WHERE kind = 'issue' AND address = ?"


@dataclass(frozen=True, slots=True)
class Goodbye:
    """What was true when somebody had the answer to their click.

    Attributes:
        address: Whose.
        at: When.
        claimed: Their message was claimed before.
    """

    address: str
    at: datetime
    claimed: bool


@pytest.mark.parametrize("connections", CONNECTIONS)
def test_whoever_left_is_never_claimed_after_the_answer(
    tmp_path: Path, direct: Direct, connections: int
) -> None:
    """One click (RFC 8058) after another against the running web side, while the daemon sends.

    The answer is the last word.

    Two defences, each enough: the transaction of the click cancels what waits, and the claiming
    statement asks for the reader's state (seen to fail without both).
    """
    port = free_port()
    subscribed_site = SubscribedSite(
        tmp_path / "site",
        LEAVE + STAY,
        port=direct.port,
        connections=connections,
        smtp=f"per_second = {scaled(60, 100)}",
    )
    with (
        running(subscribed_site, "run", port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        keyring, signed = keyring_of(load_config(subscribed_site.config_file, {})), now()

        def leave(person: tuple[object, ...]) -> Goodbye:
            address, public = person
            token = keyring.sign(Purpose.UNSUBSCRIBE, str(public), signed)
            answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
            at = now()
            ((_, attempts, _),) = subscribed_site.query(ROW, address)
            assert answer.status_code == 200
            return Goodbye(str(address), at, bool(attempts))

        subscribed_site.write(SUBJECT)
        until(lambda: subscribed_site.issue_states(SUBJECT) == ["sending"])
        people = subscribed_site.query(PEOPLE)
        # Every sixth stays; those whose turn comes last leave first, so that sender and leavers
        # meet in the middle.
        with ThreadPoolExecutor(4) as pool:
            goodbyes = list(
                pool.map(leave, [person for number, person in enumerate(people) if number % 6])
            )
        until(lambda: subscribed_site.is_finished(SUBJECT), 300)
        rows = {goodbye: subscribed_site.query(ROW, goodbye.address)[0] for goodbye in goodbyes}
    taken = [(recipient, data) for recipient, data in direct.taken() if subject_of(data) == SUBJECT]
    got = {recipient for recipient, _ in taken}
    late = [
        goodbye
        for goodbye in goodbyes
        if not goodbye.claimed and (goodbye.address in got or rows[goodbye][:2] != ("cancelled", 0))
    ]
    found = subscribed_site.account(taken)
    left = {goodbye.address for goodbye in goodbyes}
    lost = len(set(subscribed_site.readers) - left - got) + sum(
        goodbye.claimed and goodbye.address not in got for goodbye in goodbyes
    )
    record(
        Row(
            "people",
            f"{LEAVE:,} one-click unsubscribes during a send",
            connections,
            LEAVE,
            len(got),
            lost,
            found.duplicates,
            0,
        )
    )
    assert len(goodbyes) == LEAVE
    assert late == [], "claimed after the answer"
    assert all(instant(rows[goodbye][2]) <= goodbye.at for goodbye in goodbyes if goodbye.claimed)
    assert {goodbye.claimed for goodbye in goodbyes} == {
        True,
        False,
    }, "everybody left too early, or too late"
    assert (lost, found.duplicates) == (0, 0)
