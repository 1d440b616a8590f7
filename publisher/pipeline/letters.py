"""Queue confirm, welcome and goodbye mails in the transaction of the change they tell about."""

from __future__ import annotations

import secrets
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Protocol

from publisher.catalogue import IssueContent
from publisher.delivery import Delivery, Kind
from publisher.newsletter.letters import Letter, compose_letter
from publisher.pipeline.letterhead import letter_letterhead
from publisher.pipeline.messages import message_id
from publisher.subscribers import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.newsletter.model import Composition, Letterhead
    from publisher.subscribers import Keyring, Subscriber


class Ledger(Protocol):
    """Where messages are queued."""

    def add_delivery(self, delivery: Delivery) -> bool: ...


class LetterWriter:
    """Composes letters of one site and queues them."""

    def __init__(
        self, config: Config, keyring: Keyring, environment: Callable[[], Environment]
    ) -> None:
        self.config, self.keyring, self.environment = config, keyring, environment
        self._composed: dict[Letter, Composition] = {}
        # Stands for the address a letter is about until it is known whose it is (RFC 2606 keeps
        # .invalid free): nobody can write it.
        self._link = f"https://letter-{secrets.token_hex(16)}.invalid/"

    def write(self, tables: Ledger, subscriber: Subscriber, letter: Letter, now: datetime) -> bool:
        """Queue one letter; False when the same was queued for the same day."""
        day = now.astimezone(self.config.zone).strftime("%Y-%m-%d")
        what = Letter.CONFIRM if letter is Letter.ALREADY else letter
        dedup_key = f"{what}:{subscriber.key}:{day}"
        composition = self._compose(letter, self._url(subscriber, letter, now))
        content = IssueContent(
            composition.subject, composition.preheader, composition.html, composition.text
        )
        delivery = Delivery(
            kind=Kind.TRANSACTIONAL,
            dedup_key=dedup_key,
            address=subscriber.address,
            message_id=message_id(self.config, self.keyring, f"{dedup_key}:{subscriber.public}"),
            queued=now,
            due=now,
            changed=now,
            subscriber=subscriber.key,
            content=content,
        )
        return tables.add_delivery(delivery)

    def _compose(self, letter: Letter, url: str) -> Composition:
        """Compose what such letters share, once.

        It takes longer than the transactions of a dozen of them.
        """
        shared = self._composed.get(letter)
        if shared is None:
            shared = self._composed[letter] = compose_letter(
                letter, self.letterhead(), self.environment(), url=self._link
            )
        if self._link not in shared.html or self._link not in shared.text:
            # A site's own template does something with the address before it shows it.
            return compose_letter(letter, self.letterhead(), self.environment(), url=url)
        return replace(
            shared,
            html=shared.html.replace(self._link, escape(url)),
            text=shared.text.replace(self._link, url),
        )

    def letterhead(self) -> Letterhead:
        """Give what letters share."""
        return letter_letterhead(self.config)

    def _url(self, subscriber: Subscriber, letter: Letter, now: datetime) -> str:
        web = self.config.web_url
        if letter is Letter.GOODBYE:
            return f"{web}/"
        purpose, page = (
            (Purpose.CONFIRM, "confirm")
            if letter is Letter.CONFIRM
            else (Purpose.PREFERENCES, "preferences")
        )
        return f"{web}/{page}/{self.keyring.sign(purpose, subscriber.public, now)}"
