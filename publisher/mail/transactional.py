"""Confirm, welcome and goodbye mails: composed like newsletters, with no user's words in them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING

from publisher.delivery.message_factory import message_id
from publisher.delivery.models import Delivery, MessageKind
from publisher.delivery.store import DeliveryStore
from publisher.newsletter.branding import direction_of, transactional_branding
from publisher.newsletter.finish import render_mail
from publisher.newsletter.issue import IssueContent
from publisher.newsletter.models import Composition
from publisher.newsletter.templates import render_or_shipped
from publisher.subscribers.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from jinja2 import Environment

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.newsletter.models import Branding
    from publisher.subscribers.models import Subscriber
    from publisher.subscribers.tokens import Keyring


class TransactionalMail(StrEnum):
    """Which mail."""

    CONFIRM = "confirm"
    ALREADY = "already"
    WELCOME = "welcome"
    GOODBYE = "goodbye"


_SUBJECTS = {
    TransactionalMail.CONFIRM: "Please confirm: {title}",
    TransactionalMail.ALREADY: "You are subscribed to {title} already",
    TransactionalMail.WELCOME: "Welcome to {title}",
    TransactionalMail.GOODBYE: "You have left {title}",
}


def compose_transactional(
    letter: TransactionalMail, branding: Branding, environment: Environment, *, url: str
) -> Composition:
    """Compose one mail to one person.

    Args:
        letter: Which.
        branding: What every mail of the site shares.
        environment: With ``newsletter/<letter>.html`` and ``.txt``.
        url: The one address it is about: to confirm, to change preferences, to subscribe again.
    """
    values = transactional_values(letter, branding, url=url)
    mail = render_mail(render_or_shipped, environment, str(letter), values, whole=(url,))
    return Composition(str(values["subject"]), "", mail.html, mail.text)


def transactional_values(
    letter: TransactionalMail, branding: Branding, *, url: str
) -> Mapping[str, object]:
    """Return what the templates of a letter are filled with."""
    subject = _SUBJECTS[letter].format(title=" ".join(branding.title.split()))
    language = branding.language
    return {
        "subject": subject,
        "preheader": "",
        "letterhead": branding,
        "language": language,
        "direction": direction_of(language),
        "url": url,
    }


class TransactionalMailer:
    """Composes letters of one site and queues them."""

    def __init__(
        self, config: Config, keyring: Keyring, environment: Callable[[], Environment]
    ) -> None:
        self.config, self.keyring, self.environment = config, keyring, environment
        self._composed: dict[TransactionalMail, Composition] = {}
        # Stands for the address a letter is about until it is known whose it is (RFC 2606 keeps
        # .invalid free): nobody can write it.
        self._link = f"https://letter-{secrets.token_hex(16)}.invalid/"

    def write(
        self,
        transaction: Transaction,
        subscriber: Subscriber,
        letter: TransactionalMail,
        now: datetime,
    ) -> bool:
        """Queue one letter; False when the same was queued for the same day."""
        day = now.astimezone(self.config.zone).strftime("%Y-%m-%d")
        what = TransactionalMail.CONFIRM if letter is TransactionalMail.ALREADY else letter
        dedup_key = f"{what}:{subscriber.key}:{day}"
        composition = self._compose(letter, self._url(subscriber, letter, now))
        content = IssueContent(
            composition.subject, composition.preheader, composition.html, composition.text
        )
        delivery = Delivery(
            kind=MessageKind.TRANSACTIONAL,
            dedup_key=dedup_key,
            address=subscriber.address,
            message_id=message_id(self.config, self.keyring, f"{dedup_key}:{subscriber.public}"),
            queued=now,
            due=now,
            changed=now,
            subscriber=subscriber.key,
            content=content,
        )
        return DeliveryStore(transaction).add_delivery(delivery)

    def _compose(self, letter: TransactionalMail, url: str) -> Composition:
        """Compose what such letters share, once.

        It takes longer than the transactions of a dozen of them.
        """
        shared = self._composed.get(letter)
        if shared is None:
            shared = self._composed[letter] = compose_transactional(
                letter, self.branding(), self.environment(), url=self._link
            )
        if self._link not in shared.html or self._link not in shared.text:
            # A site's own template does something with the address before it shows it.
            return compose_transactional(letter, self.branding(), self.environment(), url=url)
        return replace(
            shared,
            html=shared.html.replace(self._link, escape(url)),
            text=shared.text.replace(self._link, url),
        )

    def branding(self) -> Branding:
        """Return what letters share."""
        return transactional_branding(self.config)

    def _url(self, subscriber: Subscriber, letter: TransactionalMail, now: datetime) -> str:
        web = self.config.web_url
        if letter is TransactionalMail.GOODBYE:
            return f"{web}/"
        purpose, page = (
            (Purpose.CONFIRM, "confirm")
            if letter is TransactionalMail.CONFIRM
            else (Purpose.PREFERENCES, "preferences")
        )
        return f"{web}/{page}/{self.keyring.sign(purpose, subscriber.public, now)}"
