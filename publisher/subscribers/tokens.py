"""Tokens in addresses of pages: signed, of one purpose, without anybody's address in them.

base64url of: version (1 byte), key id (4), purpose (1), subject (16), issued-at (5, seconds), and
the first 16 bytes of HMAC-SHA-256 over all that stands before them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION = 1
# 128 bits of HMAC-SHA-256 are enough (RFC 2104, 5), and links stay short.
_MAC = 16
_BODY = 27
_LENGTH = 58
"""Characters of a token: 43 bytes in base64url without padding."""


class Purpose(IntEnum):
    """What a token is good for; one of a purpose is refused for every other."""

    CONFIRM = 1
    PREFERENCES = 2
    UNSUBSCRIBE = 3
    FORM = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A secret with its id (8 hex digits)."""

    id: str
    secret: bytes

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """Name a secret by its own hash."""
        return cls(hashlib.sha256(b"publisher key id\0" + secret).hexdigest()[:8], secret)


@dataclass(frozen=True, slots=True)
class Token:
    """What a good token says: whose (hex) and when it was made."""

    subject: str
    issued: datetime


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys: the first signs, every one of them verifies."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, secrets: Iterable[bytes]) -> Keyring:
        """Return the keyring of these secrets, newest first."""
        return cls(tuple(Key.of(secret) for secret in secrets))

    def sign(self, purpose: Purpose, subject: str, now: datetime) -> str:
        """Make a token.

        Args:
            purpose: What it is good for.
            subject: 16 bytes as hex.
            now: Aware.
        """
        key = self.keys[0]
        body = (
            bytes([_VERSION])
            + bytes.fromhex(key.id)
            # Under the signature: an unsubscribe link must not open the preferences.
            + bytes([purpose])
            + bytes.fromhex(subject)
            + int(now.timestamp()).to_bytes(5)
        )
        return base64.urlsafe_b64encode(body + _mac(key, body)).rstrip(b"=").decode()

    def read(self, purpose: Purpose, text: str) -> Token | None:
        """Return what a token says, or None when it is not ours, changed, or of another purpose."""
        data = _decode(text)
        if data is None or data[0] != _VERSION or data[5] != purpose:
            return None
        body, mac = data[:_BODY], data[_BODY:]
        key = next((key for key in self.keys if key.id == body[1:5].hex()), None)
        if key is None or not hmac.compare_digest(mac, _mac(key, body)):
            return None
        return Token(body[6:22].hex(), datetime.fromtimestamp(int.from_bytes(body[22:27]), UTC))

    def fingerprint(self, text: str) -> str:
        """Return a keyed hash of a text, for remembering that somebody must not be remembered."""
        return self.fingerprints(text)[0]

    def fingerprints(self, text: str) -> list[str]:
        """Return the keyed hashes of a text under every key, newest first."""
        # A prefix of its own, so that no fingerprint is ever also the signature of a token.
        data = b"forgotten\0" + text.encode("utf-8", "surrogatepass")
        return [_digest(key.secret, data).hex() for key in self.keys]


def _mac(key: Key, body: bytes) -> bytes:
    return _digest(key.secret, body)[:_MAC]


@lru_cache(maxsize=16)
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod="sha256")


def _digest(secret: bytes, data: bytes) -> bytes:
    """Return HMAC-SHA-256.

    It is made from a copy, because ``hmac.digest`` lets go of the interpreter, and getting it back
    is dear among threads.
    """
    mac = _keyed(secret).copy()
    mac.update(data)
    return mac.digest()


def _decode(text: str) -> bytes | None:
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        data = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # base64 has spare bits at the end: only the one spelling we would have written is ours.
    return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None
