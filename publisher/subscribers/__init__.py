"""People who get the newsletter.

Their states, addresses, tokens, and the files other services export. No I/O, no clock.
"""

from __future__ import annotations

from publisher.subscribers.addresses import Address, AddressError, check_address
from publisher.subscribers.model import Cadence, Event, Preferences, State, Subscriber
from publisher.subscribers.states import Step, move
from publisher.subscribers.tokens import Key, Keyring, Purpose, Token

__all__ = [
    "Address",
    "AddressError",
    "Cadence",
    "Event",
    "Key",
    "Keyring",
    "Preferences",
    "Purpose",
    "State",
    "Step",
    "Subscriber",
    "Token",
    "check_address",
    "move",
]
