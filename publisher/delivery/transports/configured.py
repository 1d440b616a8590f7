"""The transport that a configuration asks for."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from publisher.delivery.environment import SenderEnvironment
from publisher.delivery.message_factory import return_path_of
from publisher.delivery.models import DeliveryState
from publisher.delivery.postfix_log import accepted_by_log
from publisher.delivery.transports.maildir import Maildir
from publisher.errors import ConfigError
from publisher.system import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from publisher.config import Config
    from publisher.delivery.connection_pool import Transport
    from publisher.system.health import Health


def transports_of(config: Config) -> Callable[[], Sequence[Transport]]:
    """Return what makes a transport for each connection.

    Raises:
        ConfigError: The password file cannot be read.
    """
    if not config.sends:
        return lambda: [Maildir(config.maildir_folder)]
    from publisher.delivery.transports.smtp.connection import SmtpConnection  # noqa: PLC0415
    from publisher.delivery.transports.smtp.relay import Relay  # noqa: PLC0415

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
        worker=processes.process_name(),
        is_dead=processes.has_ended,
        accepted_by_log=functools.partial(accepted_by_log, config.mail_log),
        now=clock,
        monotonic=processes.boottime,
        wait=time.sleep,
        faults=health,
        together=processes.on_one_processor,
    )
