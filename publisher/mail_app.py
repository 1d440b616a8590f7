"""Put together what works on subscribers and mail; feeds need none of it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.app import now
from publisher.database.database import Database
from publisher.database.secret_keys import NAME, load_keyring
from publisher.delivery.claims import ClaimStore
from publisher.delivery.message_factory import MessageFactory
from publisher.delivery.models import DeliveryState
from publisher.delivery.postfix_log import accepted_by_log
from publisher.delivery.sender import Sender, SenderEnvironment
from publisher.delivery.transports.configured import transports_of
from publisher.delivery.workers.queue import open_queue
from publisher.errors import ConfigError
from publisher.issues.batch_worker import BatchWorker, Keeper
from publisher.issues.progress import IssueProgress
from publisher.mail.operator_alerts import OperatorAlerts
from publisher.mail.transactional import TransactionalMailer
from publisher.membership.service import MembershipService
from publisher.system.health import Health
from publisher.system.processes import boottime, has_ended, on_one_processor, process_name
from publisher.system.templates import templates_of

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from datetime import datetime

    from publisher.config import Config
    from publisher.delivery.workers.queue import BatchQueue
    from publisher.publishing.site import Site
    from publisher.subscribers.tokens import Keyring


@dataclass(frozen=True)
class MailServices:
    """Subscribers, letters and the sender of one site."""

    membership: MembershipService
    sender: Sender
    dispatcher: IssueProgress
    messages: MessageFactory
    letters: TransactionalMailer
    keyring: Keyring


def keyring_of(config: Config) -> Keyring:
    """Return the keys; made on first use, except with PostgreSQL, where they are given.

    Raises:
        StateError: They cannot be used.
    """
    return load_keyring(config.state_folder / NAME, may_make=not config.state.url)


def open_mail_services(
    site: Site, clock: Callable[[], datetime] = now, health: Health | None = None
) -> MailServices:
    """Put it together.

    Args:
        site: The site.
        clock: The clock.
        health: Is told of faults; only the log where there is none.

    Raises:
        StateError: The keys cannot be used.
        ConfigError: The password file cannot be read.
    """
    config, state = site.config, site.state
    keyring = keyring_of(config)
    letters = TransactionalMailer(config, keyring, site.environment)
    messages = MessageFactory(config, state, keyring)
    dispatcher = IssueProgress(
        state, OperatorAlerts(config, lambda: keyring, site.environment), site.write_mark
    )
    sender = Sender(
        config,
        ClaimStore(state),
        messages,
        dispatcher,
        sender_environment(config, clock, health or Health(clock)),
    )
    return MailServices(
        MembershipService(config, state, keyring, letters),
        sender,
        dispatcher,
        messages,
        letters,
        keyring,
    )


def open_worker(
    config: Config,
    ending: threading.Event,
    clock: Callable[[], datetime] = now,
    health: Health | None = None,
) -> tuple[BatchWorker, BatchQueue]:
    """Put together what works on batches, and the queue that has them.

    There need be no folder of posts or newsletters.

    Args:
        config: The configuration.
        ending: Once set, what is in hand is finished and nothing more claimed.
        clock: The clock.
        health: Is told of faults; only the log where there is none.

    Raises:
        ConfigError: ``delivery.queue`` says that ``run`` sends by itself, or the password file
            cannot be read.
        StateError: The state or the keys cannot be used.
    """
    if config.delivery.queue == "embedded":
        raise ConfigError(
            "delivery.queue is 'embedded': 'publisher run' sends by itself.",
            cure="Set delivery.queue = 'procrastinate'.",
        )
    keyring = keyring_of(config)
    state = Database.open(config.state_folder, config.state.url)
    queue = open_queue(config.delivery.queue, state)
    notices = OperatorAlerts(config, lambda: keyring, lambda: templates_of(config))
    # The mark is beside the newsletters, where ``run`` is.
    dispatcher = IssueProgress(state, notices, lambda _mark: None)
    messages, keeper = MessageFactory(config, state, keyring), Keeper(dispatcher, boottime)
    sender = Sender(
        config,
        ClaimStore(state),
        messages,
        keeper,
        sender_environment(config, clock, health or Health(clock)),
    )
    return (
        BatchWorker(sender, dispatcher, state, queue, config.newsletter.max_age, ending),
        queue,
    )


def sender_environment(
    config: Config, clock: Callable[[], datetime], health: Health
) -> SenderEnvironment:
    """Return what sending needs of the machine.

    Raises:
        ConfigError: The password file cannot be read.
    """
    return SenderEnvironment(
        transports=transports_of(config),
        accepted=DeliveryState.SENT if config.sends else DeliveryState.WRITTEN,
        worker=process_name(),
        is_dead=has_ended,
        accepted_by_log=functools.partial(accepted_by_log, config.mail_log),
        now=clock,
        monotonic=boottime,
        wait=time.sleep,
        faults=health,
        together=on_one_processor,
    )
