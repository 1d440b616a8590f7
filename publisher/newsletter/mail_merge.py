"""Mail merge: an issue's message is built once.

Each recipient's own fields are put between its encoded pieces.

::

    Composition --build_message--> bytes --split at the personal fields--> MailMerge
    --message(Recipient)--> bytes

A recipient costs bytes joined: no MIME is built, no style inlined. Between pieces of a
quoted-printable body stands a soft line break (RFC 2045, 6.7), so that every piece is encoded on
its own.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from publisher.errors import HeaderError
from publisher.newsletter.mime import build_message, mailbox_header
from publisher.newsletter.placeholders import Own, Placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.newsletter.models import Branding, Composition


_PART = "publisher-{kind}-part-goes-here"
_SAMPLE_URL = "https://sample.invalid/"
_LONGEST_LINE = 75
_LONGEST_HEADER = 998
_PERSONAL = frozenset({b"to", b"date", b"message-id", b"list-unsubscribe"})
_FIELD_NAME = re.compile(rb"^([!-9;-~]+):", re.MULTILINE)
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
# With no line that begins with a dot a transport may send the bytes as they are (``is_clean``).
_DOTS = re.compile(rb"^\.+", re.MULTILINE)
_TOO_LONG = re.compile(rb"^(.{74,})(=(?:20|09))$", re.MULTILINE)
# A last line that has no room for the soft line break behind it is broken before its last
# character, which may be an encoded one.
_OPEN_END = re.compile(rb"([^\r\n]{73,})(?<!=)(?<!=[0-9A-F])(=[0-9A-F]{2}|[^=\r\n])\Z")
_URL = re.compile(r"[!-<>-~]+")


@dataclass(frozen=True, slots=True)
class Recipient:
    """What one message holds for one person only.

    Attributes:
        address: As the envelope has it.
        name: May be empty.
        date: Of the first attempt, in the site's zone.
        message_id: With its angle brackets.
        unsubscribe_url: Their own.
        preferences_url: Their own.
    """

    address: str
    name: str
    date: datetime
    message_id: str
    unsubscribe_url: str
    preferences_url: str


@dataclass(frozen=True)
class MailMerge:
    """One issue, ready for any number of recipients.

    Attributes:
        composition: What it says.
        branding: Whose it is.
        web_view_url: Where it stands on the web.
        header: Pieces of the header; a personal field's name stands for its line.
        body: Pieces of the body; a name stands for a recipient's own address.
        names: Names of all header fields, in order.
    """

    composition: Composition
    branding: Branding
    web_view_url: str
    header: Sequence[bytes]
    body: Sequence[bytes | Own]
    names: Sequence[bytes]

    @classmethod
    def of(cls, composition: Composition, branding: Branding, web_view_url: str) -> MailMerge:
        """Build the message once and take it apart.

        Raises:
            HeaderError: The subject, the sender or an address holds control characters.
        """
        placeholders, web = Placeholders(composition.mark), {Own.WEB_VIEW: web_view_url}
        shown = replace(
            composition,
            text=placeholders.fill(composition.text, web),
            html=placeholders.fill(composition.html, web),
        )
        # The email package takes 4.5 ms for 45 KB: once per issue, and each reader's fields are
        # bytes put between.
        sample = build_message(
            replace(
                shown, text=_PART.format(kind="text") + "\n", html=_PART.format(kind="html") + "\n"
            ),
            branding,
            recipient="sample@sample.invalid",
            date=datetime(2000, 1, 1, tzinfo=UTC),
            message_id="<sample@sample.invalid>",
            unsubscribe_url=_SAMPLE_URL,
            preferences_url=_SAMPLE_URL,
            web_view_url=web_view_url,
        )
        header, _, body = sample.partition(b"\r\n\r\n")
        before, _, rest = body.partition(_PART.format(kind="text").encode() + b"\r\n")
        between, _, after = rest.partition(_PART.format(kind="html").encode() + b"\r\n")
        text, html = (
            _encoded(placeholders.split(_ended(words))) for words in (shown.text, shown.html)
        )
        pieces = [b"\r\n\r\n" + before, *text, between, *html, after]
        names = [match.lower() for match in _FIELD_NAME.findall(header)]
        return cls(
            shown,
            branding,
            web_view_url,
            tuple(_header_pieces(header)),
            tuple(pieces),
            tuple(names),
        )

    def message(self, recipient: Recipient) -> bytes:
        """Return the message to one recipient, with CRLF line ends.

        Raises:
            HeaderError: A field holds control characters or would be too long for its line.
        """
        if not recipient.address.isascii():
            return self._built_whole(recipient)
        own = {
            b"to": mailbox_line("To", recipient.address, recipient.name),
            b"date": b"Date: " + format_datetime(recipient.date).encode(),
            b"message-id": _line("Message-ID", recipient.message_id),
            b"list-unsubscribe": _line("List-Unsubscribe", f"<{recipient.unsubscribe_url}>"),
        }
        header = b"\r\n".join([own.get(piece, piece) for piece in self.header])
        names = [match.lower() for match in _FIELD_NAME.findall(header)]
        # The same check as for a whole message, without parsing it: a name holds whatever people
        # typed.
        if names != list(self.names):
            raise HeaderError("a value began a header of its own")
        urls = {
            Own.UNSUBSCRIBE: _encoded_url(recipient.unsubscribe_url),
            Own.PREFERENCES: _encoded_url(recipient.preferences_url),
        }
        return header + b"".join(
            [urls[piece] if isinstance(piece, Own) else piece for piece in self.body]
        )

    def _built_whole(self, recipient: Recipient) -> bytes:
        """Build the message for an address beyond ASCII (RFC 6531).

        Its header is UTF-8 as a whole.
        """
        return build_message(
            self.composition,
            self.branding,
            recipient=(
                f'"{recipient.name}" <{recipient.address}>' if recipient.name else recipient.address
            ),
            date=recipient.date,
            message_id=recipient.message_id,
            unsubscribe_url=recipient.unsubscribe_url,
            preferences_url=recipient.preferences_url,
            web_view_url=self.web_view_url,
        )


def mailbox_line(field: str, address: str, name: str) -> bytes:
    """Return a header line with one mailbox, folded where needed.

    Raises:
        HeaderError: It holds control characters, or is no address.
    """
    if not name and _PLAIN_ADDRESS.fullmatch(address):
        return f"{field}: {address}".encode()
    return mailbox_header(field, address, name)


def _header_pieces(header: bytes) -> Iterable[bytes]:
    """Split a header at its personal fields.

    Return the runs of other lines, and the name of each personal field.
    """
    run: list[bytes] = []
    for line in re.split(rb"\r\n(?![ \t])", header):
        name = line.partition(b":")[0].lower()
        if name not in _PERSONAL:
            run.append(line)
            continue
        if run:
            yield b"\r\n".join(run)
            run = []
        yield name
    if run:
        yield b"\r\n".join(run)


def _ended(text: str) -> str:
    return text if text.endswith(("\n", "\r")) else f"{text}\n"


def _encoded(pieces: Iterable[str | Own]) -> Iterable[bytes | Own]:
    """Encode a part piece by piece as quoted-printable.

    What stands for an address stays as it is, between soft line breaks.
    """
    for piece in pieces:
        if isinstance(piece, Own):
            yield piece
        elif piece:
            yield _without_leading_dots(_OPEN_END.sub(rb"\1=\r\n\2", quoted_printable(piece)))


def quoted_printable(text: str) -> bytes:
    """Encode a text as quoted-printable lines of at most 76 characters.

    The text may have any line ends; the lines end in CRLF.

    No line begins with a dot, so that SMTP has none to double. Where the text does not end with a
    line end, neither does what is given.
    """
    data = text.encode("utf-8", "replace")
    lines = b"\n".join(data.splitlines()) + (b"\n" if data.endswith((b"\n", b"\r")) else b"")
    # binascii lets a line grow to 77 where its last blank is encoded.
    encoded = _TOO_LONG.sub(rb"\1=\n\2", binascii.b2a_qp(lines, istext=True)).replace(
        b"\n", b"\r\n"
    )
    return _without_leading_dots(encoded)


def _without_leading_dots(encoded: bytes) -> bytes:
    return _DOTS.sub(lambda dots: b"=2E=\r\n" * len(dots[0]), encoded)


def _encoded_url(url: str) -> bytes:
    """Encode a recipient's own address.

    A soft line break stands before it, after it, and wherever a line would grow too long.
    """
    if not _URL.fullmatch(url):
        return b"=\r\n" + quoted_printable(url) + b"=\r\n"
    # Soft line breaks may stand anywhere in what has no encoded characters.
    lines = [url[start : start + _LONGEST_LINE] for start in range(0, len(url), _LONGEST_LINE)]
    return ("=\r\n" + "=\r\n".join(lines) + "=\r\n").encode()


def _line(name: str, value: str) -> bytes:
    if (
        not value.isascii()
        or not value.isprintable()
        or len(name) + len(value) + 2 > _LONGEST_HEADER
    ):
        raise HeaderError(f"{name} holds control characters or is longer than {_LONGEST_HEADER}")
    return f"{name}: {value}".encode()
