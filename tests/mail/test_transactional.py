"""Letters: composed once for everybody, with each reader's own address in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from publisher.app import keyring_of
from publisher.config import load_config
from publisher.database.database import Database
from publisher.delivery.progress_store import ProgressStore
from publisher.delivery.store import DeliveryStore
from publisher.mail.transactional import TransactionalMail, TransactionalMailer
from publisher.subscribers.models import Event, Subscriber, SubscriberState
from publisher.subscribers.store import SubscriberStore
from publisher.system.templates import templates_of
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path


NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "template",
    ["", "{{ url | upper }}"],
    ids=["our templates", "a template that changes the address"],
)
def test_each_reader_has_an_address_of_their_own(tmp_path: Path, template: str) -> None:
    """Two confirm mails, made one after the other.

    The same words, each with its own link in both parts.
    """
    site = Site(tmp_path)
    if template:
        for ending in ("html", "txt"):
            own = tmp_path / "templates" / "newsletter" / f"confirm.{ending}"
            own.parent.mkdir(parents=True, exist_ok=True)
            own.write_text(template)
    config = load_config(site.config_file, {})
    environment = templates_of(config)
    writer = TransactionalMailer(config, keyring_of(config), lambda: environment)
    opened = Database.open(config.state_folder)
    contents = []
    for name in ("ada", "bea"):
        reader = Subscriber(
            f"{name}@example.net",
            f"{name}@example.net",
            SubscriberState.PENDING,
            NOW,
        )
        with opened.transaction() as transaction:
            event = Event(NOW, "form", SubscriberState.PENDING, "test")
            made = SubscriberStore(transaction).add_subscriber(reader, event)
            assert writer.write(transaction, made, TransactionalMail.CONFIRM, NOW)
        with opened.reading() as transaction:
            (message,) = DeliveryStore(transaction).deliveries_of(made.key)
            contents.append(ProgressStore(transaction).letter_content(message.key))
    opened.close()
    first, second = contents
    assert first is not None
    assert second is not None
    for ours, theirs in ((first.html, second.html), (first.text, second.text)):
        assert ours != theirs
        assert "/confirm/" in ours.lower()
        assert ".invalid" not in ours.lower()
