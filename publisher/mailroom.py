"""Put together what works on subscribers and mail; feeds need none of it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.app import now, state_of, templates_of
from publisher.delivery import DeliveryState
from publisher.delivery.maildir import Maildir
from publisher.errors import ConfigError, StateError
from publisher.health import Health
from publisher.pipeline.dispatching import Dispatcher
from publisher.pipeline.letters import LetterWriter
from publisher.pipeline.membership import Membership
from publisher.pipeline.messages import MessageWriter, return_path_of
from publisher.pipeline.notices import Notices
from publisher.pipeline.queueing import BatchWorker, Keeper
from publisher.pipeline.sending import Sender, Surroundings
from publisher.processes import has_ended, on_one_processor, process_name
from publisher.storage import State
from publisher.storage.keys import NAME, load_keyring

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from publisher.config import Config
    from publisher.pipeline.lanes import Transport
    from publisher.pipeline.site import Site
    from publisher.storage.queue import BatchQueue
    from publisher.subscribers import Keyring


@dataclass(frozen=True)
class Mailroom:
    """Subscribers, letters and the sender of one site."""

    membership: Membership
    sender: Sender
    dispatcher: Dispatcher
    messages: MessageWriter
    letters: LetterWriter
    keyring: Keyring


def keyring_of(config: Config) -> Keyring:
    """Give the keys; made on first use, except with PostgreSQL, where they are given.

    Raises:
        StateError: They cannot be used.
    """
    return load_keyring(config.state_folder / NAME, may_make=not config.state.url)


def open_mailroom(
    site: Site, clock: Callable[[], datetime] = now, health: Health | None = None
) -> Mailroom:
    """Put it together.

    Args:
        site: The site.
        clock: The clock.
        health: Is told of faults; only the log where there is none.

    Raises:
        StateError: The keys cannot be used.
        ConfigError: The password file cannot be read.
    """
    config, state = site.config, state_of(site)
    keyring = keyring_of(config)
    letters = LetterWriter(config, keyring, site.environment)
    messages = MessageWriter(config, state, keyring)
    dispatcher = Dispatcher(
        state, Notices(config, lambda: keyring, site.environment), site.write_mark
    )
    sender = Sender(
        config,
        state.open_ledger(),
        messages,
        dispatcher,
        surroundings_of(config, clock, health or Health(clock)),
    )
    return Mailroom(
        Membership(config, state, keyring, letters), sender, dispatcher, messages, letters, keyring
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
    state = State.open(config.state_folder, config.state.url, config.delivery.queue)
    notices = Notices(config, lambda: keyring, lambda: templates_of(config))
    # The mark is beside the newsletters, where ``run`` is.
    dispatcher = Dispatcher(state, notices, lambda _mark: None)
    messages, keeper = MessageWriter(config, state, keyring), Keeper(dispatcher, boottime)
    sender = Sender(
        config,
        state.open_ledger(),
        messages,
        keeper,
        surroundings_of(config, clock, health or Health(clock)),
    )
    return (
        BatchWorker(sender, dispatcher, state, state.queue, config.newsletter.max_age, ending),
        state.queue,
    )


def surroundings_of(config: Config, clock: Callable[[], datetime], health: Health) -> Surroundings:
    """Give what sending needs of the machine.

    Raises:
        ConfigError: The password file cannot be read.
    """
    return Surroundings(
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


def boottime() -> float:
    """Read a clock that goes on while the process or the machine sleeps.

    A claim held meanwhile is over.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def transports_of(config: Config) -> Callable[[], Sequence[Transport]]:
    """Give what makes a transport for each connection.

    Raises:
        ConfigError: The password file cannot be read.
    """
    if not config.sends:
        return lambda: [Maildir(config.maildir_folder)]
    from publisher.delivery.smtp import (  # noqa: PLC0415
        Relay,
        SmtpConnection,
    )  # only who sends needs TLS

    smtp = config.smtp
    relay = Relay(
        smtp.host,
        smtp.port,
        smtp.tls,
        smtp.username,
        _password(config),
        timeout=smtp.timeout.total_seconds(),
        reconnect_after=smtp.reconnect_after,
        local_name=return_path_of(config).rpartition("@")[2],
    )
    return lambda: [SmtpConnection(relay) for _ in range(smtp.connections)]


def _password(config: Config) -> str:
    if config.password_file is None:
        return config.smtp.password.get_secret_value()
    try:
        return config.password_file.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        found = f"smtp.password_file {config.password_file} cannot be read: {error}."
        raise ConfigError(found, cure="Check its path and owner.") from error


def accepted_by_log(path: Path, message_ids: Sequence[str]) -> Mapping[str, str]:
    """Return which of these Message-IDs the relay's log says were accepted, with its words.

    Raises:
        StateError: The log cannot be read.
    """
    from publisher.delivery.maillog import accepted  # noqa: PLC0415 - only reconcile reads logs

    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            found = accepted(lines, message_ids)
    except OSError as error:
        cure = (
            "Name it with delivery.log, let this user read it, or resolve them: publisher"
            " deliveries resolve."
        )
        raise StateError(
            f"The mail log {path} cannot be read: {error.strerror}.", cure=cure
        ) from error
    return {
        message_id: f"in the mail log as {one.queue_id}"
        for message_id, one in found.items()
        if one.accepted
    }
