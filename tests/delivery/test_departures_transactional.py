"""Mail to one person, and digests, of a reader who goes while they are on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from publisher.delivery.claim_store import ClaimStore
from publisher.delivery.models import DeliveryState
from publisher.newsletter.issue import IssueState
from publisher.newsletter.mime import WithdrawnError
from publisher.subscribers.models import Signup
from tests.delivery.mailing_site import MailingSite, recipients
from tests.delivery.smtp_script import At
from tests.delivery.ways_of_leaving import (
    ADA,
    LATER,
    REASONS,
    WAYS,
    Meddling,
    check_traces,
    claim,
    everywhere,
    hers,
    let_go,
    meddled,
)

if TYPE_CHECKING:
    from tests.delivery.smtp_server import SmtpServer


@everywhere
def test_a_letter_in_hand_is_not_written_again_to_who_went(
    single: MailingSite, server: SmtpServer, way: str
) -> None:
    """A confirm mail is put off in the very moment.

    There is no further one, nor one for a request that nobody looked at yet.
    """
    membership = single.mail_services.membership
    membership.ask(Signup(ADA, single.now, "web form", "", ""))
    membership.process_requests(single.now)
    seen = meddled(single, server, way, At.RCPT, LATER)
    single.send()
    assert seen
    (row,) = [row for row in single.deliveries() if row.dedup_key.startswith("confirm:")]
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, REASONS[way])
    server.script = Meddling(lambda _step, _recipient: None)
    for _ in range(4):
        single.later(hours=1)
        single.send()
    assert not server.messages
    check_traces(single, way)


@pytest.mark.parametrize("way", ["forget", "remove", "suppress"])
def test_a_request_nobody_looked_at_yet_goes_with_them(
    small: MailingSite, server: SmtpServer, way: str
) -> None:
    """It came before the operator's word, which is the last: no confirm mail follows."""
    small.subscribe(ADA)
    for written in (ADA, ADA.replace("example.com", "EXAMPLE.com")):
        small.mail_services.membership.ask(Signup(written, small.now, "web form", "", ""))
    small.mail_services.membership.ask(Signup("bob@example.net", small.now, "web form", "", ""))
    let_go(small, way, ADA)
    small.mail_services.membership.process_requests(small.now)
    small.send()
    assert recipients(server) == {"bob@example.net": 1}


@pytest.mark.parametrize("way", ["forget", "remove"])
def test_a_letter_that_went_with_its_reader_is_no_fault(single: MailingSite, way: str) -> None:
    """Claimed, and forgotten before it was made: it is withdrawn, not failed."""
    membership = single.mail_services.membership
    membership.ask(Signup(ADA, single.now, "web form", "", ""))
    membership.process_requests(single.now)
    store = ClaimStore(single.state)
    (row,) = single.deliveries()
    claimed = claim(single, store, row, "me")
    let_go(single, way, ADA)
    with pytest.raises(WithdrawnError):
        single.mail_services.messages.envelope(claimed)
    store.close()


@pytest.mark.parametrize("way", ["forget", "remove"])
def test_the_next_reader_gets_their_mail_although_they_get_the_number_of_who_went(
    small: MailingSite, server: SmtpServer, way: str
) -> None:
    """SQLite numbers the next row as the last one that was deleted.

    Nothing of the former is held against the latter.

    Seen to fail, with no confirm mail at all, where ``_unname`` leaves ``dedup_key`` as it is.
    """
    for address in (ADA, "bob@example.net"):
        small.mail_services.membership.ask(Signup(address, small.now, "web form", "", ""))
        small.mail_services.membership.process_requests(small.now)
        small.send()
        let_go(small, way, address)
    small.mail_services.membership.ask(Signup("cyd@example.net", small.now, "web form", "", ""))
    small.mail_services.membership.process_requests(small.now)
    small.send()
    assert recipients(server)["cyd@example.net"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_digest_in_hand_is_not_tried_again_for_who_went(
    single: MailingSite, server: SmtpServer, way: str
) -> None:
    """A digest is an issue like another.

    Put off in the very moment, it is skipped, and the other reader has theirs.
    """
    single.subscribe(ADA, "bob@example.net", cadence="daily")
    single.queue(readers=0)
    single.later(days=1, hours=1)
    single.open.digest_composer(single.now).run()
    before = single.deliveries()
    assert meddled(single, server, way, At.RCPT, LATER) == []
    single.send()
    row = hers(single, before)
    assert (row.state, row.reason) == (DeliveryState.SKIPPED, REASONS[way])
    assert single.issue().state is IssueState.SENT
    assert recipients(server)["bob@example.net"] == 1
