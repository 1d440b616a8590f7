"""Forms on our own pages are signed and dated.

One that comes back at once, or too late, was not filled in by a person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from publisher.subscribers.tokens import Keyring, Purpose

if TYPE_CHECKING:
    from datetime import datetime


_OLDEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FormStamp:
    """Stamps forms.

    Attributes:
        keyring: Signs.
        youngest: Least age of a form that a person sent.
    """

    keyring: Keyring
    youngest: timedelta

    def make(self, now: datetime) -> str:
        """Return the hidden field of a fresh form."""
        return self.keyring.sign(Purpose.FORM, secrets.token_hex(16), now)

    def is_good(self, text: str, now: datetime) -> bool:
        """Return whether a form is ours and of a believable age.

        Issued-at counts whole seconds.
        """
        token = self.keyring.read(Purpose.FORM, text)
        # Programs answer a form at once; people need seconds. A day, because tabs stay open.
        return token is not None and self.youngest <= now - token.issued <= _OLDEST
