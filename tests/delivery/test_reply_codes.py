"""What replies mean: a table of what servers say at each step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.reply_codes import Reply, SmtpStep, Verdict, classify

ANYWHERE = (SmtpStep.MAIL, SmtpStep.RCPT, SmtpStep.DATA, SmtpStep.END)
BAD_MAILBOX = "5.1.1 <x@example.org>: Recipient address rejected: User unknown"

CASES = [
    # What goes well.
    (SmtpStep.MAIL, 250, "2.1.0 Ok", Verdict.ACCEPTED),
    (SmtpStep.RCPT, 250, "2.1.5 Ok", Verdict.ACCEPTED),
    (SmtpStep.RCPT, 251, "User not local; will forward", Verdict.ACCEPTED),
    (SmtpStep.RCPT, 252, "2.0.0 Cannot VRFY user, but will take message", Verdict.ACCEPTED),
    (SmtpStep.DATA, 354, "End data with <CR><LF>.<CR><LF>", Verdict.ACCEPTED),
    (SmtpStep.END, 250, "2.0.0 Ok: queued as 4BvD5c", Verdict.ACCEPTED),
    (SmtpStep.END, 250, "", Verdict.ACCEPTED),
    # The address's own fault, and only with these five codes.
    (SmtpStep.RCPT, 550, BAD_MAILBOX, Verdict.ADDRESS),
    (SmtpStep.RCPT, 550, "5.1.2 Domain not found", Verdict.ADDRESS),
    (SmtpStep.RCPT, 553, "5.1.3 Bad address syntax", Verdict.ADDRESS),
    (SmtpStep.RCPT, 556, "5.1.10 Domain takes no mail", Verdict.ADDRESS),
    (SmtpStep.RCPT, 550, "5.2.1 Mailbox disabled", Verdict.ADDRESS),
    (SmtpStep.END, 550, BAD_MAILBOX, Verdict.ADDRESS),
    (SmtpStep.RCPT, 550, "User unknown", Verdict.REFUSED),
    (SmtpStep.RCPT, 550, "5.1.100 no such code", Verdict.REFUSED),
    (SmtpStep.RCPT, 550, "you said 5.1.1", Verdict.REFUSED),
    (SmtpStep.RCPT, 552, "5.2.2 Mailbox full", Verdict.REFUSED),
    (SmtpStep.RCPT, 550, "5.7.1 Policy", Verdict.REFUSED),
    (SmtpStep.END, 554, "5.7.1 Message rejected as spam", Verdict.REFUSED),
    (SmtpStep.END, 552, "5.3.4 Message too big", Verdict.REFUSED),
    (SmtpStep.END, 554, "Transaction failed", Verdict.REFUSED),
    # Temporary whatever is said besides.
    (SmtpStep.RCPT, 450, "5.1.1 soft_bounce is on", Verdict.LATER),
    (SmtpStep.RCPT, 450, "4.2.0 Greylisted", Verdict.LATER),
    (SmtpStep.RCPT, 451, "4.3.0 Local error", Verdict.LATER),
    (SmtpStep.RCPT, 452, "4.2.2 Mailbox full", Verdict.LATER),
    (SmtpStep.RCPT, 421, "4.7.0 Too many from you", Verdict.LATER),
    (SmtpStep.DATA, 451, "4.3.0 Local error", Verdict.LATER),
    (SmtpStep.END, 451, "4.3.0 Filter is down", Verdict.LATER),
    (SmtpStep.END, 421, "4.3.0 Shutting down", Verdict.LATER),
    # Answers that do not fit their step.
    (SmtpStep.DATA, 250, "Ok", Verdict.LATER),
    (SmtpStep.RCPT, 354, "Go on", Verdict.LATER),
    (SmtpStep.END, 354, "Go on", Verdict.UNCERTAIN),
    # What concerns every message.
    (SmtpStep.CONNECT, 421, "4.3.2 Too busy", Verdict.RELAY),
    (SmtpStep.CONNECT, 554, "5.7.1 Blocked", Verdict.RELAY),
    (SmtpStep.MAIL, 421, "4.4.2 Idle too long", Verdict.RELAY),
    (SmtpStep.MAIL, 451, "4.3.0 Local error", Verdict.RELAY),
    (SmtpStep.MAIL, 452, "4.3.1 Disk full", Verdict.RELAY),
    (SmtpStep.MAIL, 550, "5.7.1 Sender not allowed", Verdict.RELAY),
    (SmtpStep.MAIL, 552, "5.2.2 Your account is full", Verdict.RELAY),
    *((step, 530, "5.7.0 Must issue a STARTTLS command first", Verdict.RELAY) for step in ANYWHERE),
    *((step, 550, "5.4.5 Daily user sending quota exceeded", Verdict.RELAY) for step in ANYWHERE),
    # MAIL FROM carries the message's size and letters; these say nothing of the next message.
    (SmtpStep.MAIL, 552, "5.3.4 Message size exceeds fixed limit", Verdict.REFUSED),
    (SmtpStep.MAIL, 552, "Message too big", Verdict.REFUSED),
    (SmtpStep.MAIL, 553, "5.6.7 Non-ASCII addresses not permitted", Verdict.REFUSED),
]


@pytest.mark.parametrize(
    ("step", "code", "text", "verdict"),
    CASES,
    ids=[f"{step.name}-{code}-{text[:24]}" for step, code, text, _ in CASES],
)
def test_a_reply_means_what_the_table_says(
    step: SmtpStep, code: int, text: str, verdict: Verdict
) -> None:
    """The enhanced code decides where there is one.

    A reader is blamed only for an address that cannot work.
    """
    assert classify(step, Reply(code, text)) is verdict


@given(st.sampled_from(SmtpStep), st.integers(400, 599), st.text(max_size=40))
def test_no_refusal_is_ever_taken_for_success(step: SmtpStep, code: int, text: str) -> None:
    """Whatever stands behind a 4xx or 5xx, it is no acceptance, and 4xx blames no address."""
    verdict = classify(step, Reply(code, text))
    assert verdict not in {Verdict.ACCEPTED, Verdict.UNCERTAIN}
    assert code >= 500 or verdict is not Verdict.ADDRESS


@pytest.mark.parametrize(
    ("code", "text", "enhanced"),
    [
        (550, "5.1.1 gone", "5.1.1"),
        (550, "5.1.10", "5.1.10"),
        (450, "5.1.1 soft", ""),
        (550, "5.1.1000 no", ""),
        (550, "gone", ""),
        (250, "2.0.0", "2.0.0"),
    ],
)
def test_an_enhanced_code_counts_only_in_its_place_and_class(
    code: int, text: str, enhanced: str
) -> None:
    """It stands first and repeats the reply's class (RFC 2034, 4); anything else is prose."""
    assert Reply(code, text).enhanced == enhanced


def test_what_is_kept_of_a_reply_is_short_and_printable() -> None:
    """Words go into the ledger, a terminal and a page.

    No escape sequences, no override of direction, no novel.
    """
    shown = str(Reply(550, "5.7.1 \x1b[31mred\u202e\x00 " + "x" * 1000))
    assert shown.startswith("550 5.7.1 ?[31mred?? xxx")
    assert shown.isprintable()
    assert len(shown) == 500
