"""The message: RFC 5322 and MIME, built once per issue, safe against header injection."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from publisher.errors import HeaderError
from publisher.newsletter.placeholders import Own, Placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from publisher.newsletter.models import Branding, Composition


# The stdlib's policy writes a List-Unsubscribe of more than 78 characters as an encoded word: mail
# clients then show no button at all, and nobody is told.
_UNFOLDED = frozenset(
    {
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
        "list-archive",
        "list-help",
        "message-id",
        "feedback-id",
        "references",
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
# Without the line end (RFC 5322, 2.1.1).
_LONGEST = 998


class WithdrawnError(Exception):
    """A message is not to be made any more: its reader left, and what it said went with them."""


class MailPolicy(EmailPolicy):
    """SMTP's policy, with the headers left alone that folding breaks.

    The standard policy encodes a ``List-Unsubscribe`` of more than 78 characters as an RFC 2047
    word, and one-click unsubscribe is then silently dead.
    """

    # The base class's signature
    def _fold(
        self,
        name: str,
        value: str,
        refold_binary: bool = False,  # noqa: FBT001, FBT002
    ) -> str:
        if name.lower() not in _UNFOLDED:
            folded: str = super()._fold(name, value, refold_binary)  # type: ignore[misc]
            return folded
        if _CONTROL.search(value) or len(name) + len(value) + 2 > _LONGEST:
            raise HeaderError(f"{name} holds control characters or is longer than {_LONGEST}")
        return f"{name}: {value}{self.linesep}"


# 76 and no more: a larger max_line_length also lengthens the lines of quoted-printable bodies,
# which RFC 2045 bounds.
POLICY = MailPolicy(linesep="\r\n", max_line_length=76, utf8=False)


def build_message(  # noqa: PLR0913 - the fields of a message
    composition: Composition,
    branding: Branding,
    *,
    recipient: str,
    date: datetime,
    message_id: str,
    unsubscribe_url: str,
    preferences_url: str,
    web_view_url: str,
) -> bytes:
    """Build one message with CRLF line ends.

    Args:
        composition: What it says.
        branding: Whose it is; ``sender`` must be set.
        recipient: An address.
        date: Of the first attempt, aware.
        message_id: With its angle brackets.
        unsubscribe_url: The recipient's own; https makes it one-click (RFC 8058).
        preferences_url: The recipient's own.
        web_view_url: Where the issue stands on the web.

    Raises:
        HeaderError: A value holds control characters: nothing is mangled in silence.
    """
    message = _begin(
        branding, composition.subject, recipient=recipient, date=date, message_id=message_id
    )
    for name, value in _list_headers(branding, unsubscribe_url):
        message[name] = _checked(name, value)
    own = {
        Own.UNSUBSCRIBE: unsubscribe_url,
        Own.PREFERENCES: preferences_url,
        Own.WEB_VIEW: web_view_url,
    }
    placeholders = Placeholders(composition.mark)
    return _end(
        message, placeholders.fill(composition.text, own), placeholders.fill(composition.html, own)
    )


def build_single_message(
    composition: Composition,
    branding: Branding,
    *,
    recipient: str,
    date: datetime,
    message_id: str,
) -> bytes:
    """Build a confirm, welcome or goodbye mail.

    No list headers, and marked as sent by a program (RFC 3834).

    Raises:
        HeaderError: A value holds control characters: nothing is mangled in silence.
    """
    message = _begin(
        branding, composition.subject, recipient=recipient, date=date, message_id=message_id
    )
    # Keeps holiday notices from answering (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    return _end(message, composition.text, composition.html)


def _begin(
    branding: Branding, subject: str, *, recipient: str, date: datetime, message_id: str
) -> EmailMessage:
    # A local part beyond ASCII can only travel as SMTPUTF8 (RFC 6531): an encoded word there would
    # be another address.
    local = parseaddr(recipient)[1].rpartition("@")[0]
    message = EmailMessage(policy=POLICY if local.isascii() else POLICY.clone(utf8=True))
    message["From"] = _mailbox(branding.sender or "")
    message["To"] = _mailbox(recipient)
    if branding.reply_to:
        message["Reply-To"] = _mailbox(branding.reply_to)
    message["Subject"] = _checked("Subject", subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = _checked("Message-ID", message_id)
    return message


def _end(message: EmailMessage, text: str, html: str) -> bytes:
    message.set_content(text, cte="quoted-printable")
    # The best part comes last (RFC 2046, 5.1.4).
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    data = message.as_bytes()
    # In Python 3.11.7 a line end inside an encoded word of a subject came out as a header of its
    # own.
    _compare_headers(data, message.keys())
    return data


def _list_headers(branding: Branding, unsubscribe_url: str) -> Iterable[tuple[str, str]]:
    host = parseaddr(branding.sender or "")[1].rpartition("@")[2] or "localhost"
    # The part before the host is ours to choose; filters of readers rely on it (RFC 2919), so it
    # depends on title and sender alone.
    name = re.sub(r"[^a-z0-9]+", "-", branding.title.lower()).strip("-") or "newsletter"
    yield "List-Id", f"<{name}.{host}>"
    yield "List-Archive", f"<{branding.site_url}/>"
    yield "List-Unsubscribe", f"<{unsubscribe_url}>"
    # One-click must be https (RFC 8058, 3.1).
    if unsubscribe_url.startswith("https://"):
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _mailbox(text: str) -> Address:
    name, address = parseaddr(_checked("address", text))
    user, _, domain = address.rpartition("@")
    if not user or not domain:
        raise HeaderError(f"{text!r} is no address")
    return Address(
        name, user, domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    )


def address_of(mailbox: str) -> str:
    """Return the address of a mailbox, its domain as A-labels.

    Raises:
        HeaderError: It holds control characters, or is no address.
    """
    return _mailbox(mailbox).addr_spec


def mailbox_header(field: str, address: str, name: str) -> bytes:
    """Return the line of a field that holds one mailbox, folded, without its line end.

    Raises:
        HeaderError: It holds control characters, or is no address.
    """
    plain = _mailbox(address)
    message = EmailMessage(policy=POLICY)
    message[field] = Address(_checked(field, name), plain.username, plain.domain)
    return message.as_bytes().rstrip(b"\r\n")


def _checked(name: str, value: str) -> str:
    if _CONTROL.search(value):
        raise HeaderError(f"{name} holds control characters")
    return value


def _compare_headers(data: bytes, intended: Iterable[str]) -> None:
    """Parse the bytes again: Python 3.11.7 lets a newline in an encoded word begin a header."""
    found = [name.lower() for name, _ in message_from_bytes(data).items()]
    if found != [name.lower() for name in intended]:
        raise HeaderError("a value began a header of its own")
