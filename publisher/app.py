"""The composition root: from a configuration to the services that work on its site.

Only here everything meets. Each service is made of what it uses, for the first who asks for it.
"""

from __future__ import annotations

import functools
import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from publisher import __version__
from publisher.database.database import Database
from publisher.database.secret_keys import NAME, load_secrets
from publisher.database.site_state import claim, notice_copy
from publisher.delivery.workers.queue import open_queue
from publisher.errors import ConfigError
from publisher.feeds.documents import FeedSettings
from publisher.markup.models import rst_available
from publisher.newsletter.models import ComposerSettings
from publisher.posts.columns import pack_source, unpack_body
from publisher.posts.folder import PostsFolder
from publisher.posts.images import LocalImages
from publisher.posts.scanner import Clocks, Scanner
from publisher.publishing.round import Publisher
from publisher.system.files import OutputFolder
from publisher.system.hooks import run_hook
from publisher.system.restore_mark import RestoreMarkFile
from publisher.system.spool import Spool
from publisher.system.templates import templates_of
from publisher.system.worker_pool import map_parallel, map_serial

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.delivery.message_factory import MessageFactory
    from publisher.delivery.sender import Sender
    from publisher.delivery.workers.queue import BatchQueue
    from publisher.digests.composer import DigestComposer
    from publisher.errors import Problem
    from publisher.issues.batch_worker import BatchWorker
    from publisher.issues.progress import IssueProgress
    from publisher.issues.service import IssueService
    from publisher.mail.transactional import TransactionalMailer
    from publisher.membership.service import MembershipService
    from publisher.newsletter.issue import IssueRecord
    from publisher.subscribers.tokens import Keyring
    from publisher.system.health import Health


CATALOGUE = "4"
"""Changes when a round remembers something else of the same files: the next one reads them all."""


def now() -> datetime:
    """Read the clock: the only place that does."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class MailServices:
    """What works on subscribers and mail; feeds need none of it."""

    membership: MembershipService
    sender: Sender
    progress: IssueProgress
    messages: MessageFactory
    mailer: TransactionalMailer
    keyring: Keyring


@dataclass(frozen=True)
class App:
    """One site that was opened.

    Attributes:
        config: The configuration.
        database: Its state.
        queue: Knows which batches of messages workers are to send.
        scanner: Looks at the posts folder.
        feeds: What writing feeds takes.
        composing: What composing issues takes.
        mark_file: Tells an older copy of the database.
    """

    config: Config
    database: Database
    queue: BatchQueue
    scanner: Scanner
    feeds: FeedSettings
    composing: ComposerSettings
    mark_file: RestoreMarkFile

    def publisher(self) -> Publisher:
        """Return what publishes the site, round after round."""
        config = self.config
        posts = _digest(config.posts.model_dump_json(), __version__)
        site = (config.site.url, config.site.language, config.site.timezone)
        return Publisher(
            database=self.database,
            scanner=self.scanner,
            feeds=self.feeds,
            composing=self.composing,
            mark_file=self.mark_file,
            ask_page=self._ask_page,
            tell_held=self._tell_held,
            hook=self.hook,
            reading_fingerprint=_digest(posts, *site, str(rst_available()), CATALOGUE),
            posts_fingerprint=posts,
        )

    def hook(self, command: Sequence[str], payload: Mapping[str, object]) -> Problem | None:
        """Run one of the operator's commands, and return the problem it had."""
        return run_hook(command, payload, folder=self.config.path.parent)

    def issue_service(self) -> IssueService:
        """Return what a person does with issues before they are queued."""
        from publisher.issues.service import IssueService  # noqa: PLC0415

        return IssueService(self.composing, self.database, self.mark_file)

    def digest_composer(self, instant: datetime) -> DigestComposer:
        """Return what makes the digests that are due at an instant."""
        from publisher.digests.composer import DigestComposer  # noqa: PLC0415

        return DigestComposer(self.composing, self.database, self.mark_file, instant)

    def mail_services(
        self, clock: Callable[[], datetime] = now, health: Health | None = None
    ) -> MailServices:
        """Return what works on subscribers and mail; faults are told to ``health``, or the log.

        Raises:
            StateError: The keys cannot be used.
            ConfigError: The password file cannot be read.
        """
        from publisher.mail.transactional import TransactionalMailer  # noqa: PLC0415
        from publisher.membership.service import MembershipService  # noqa: PLC0415

        config, keyring = self.config, keyring_of(self.config)
        mailer = TransactionalMailer(config, keyring, self.composing.environment)
        sender, progress, messages = _sender(
            config, self.database, keyring, self.mark_file, clock, health
        )
        membership = MembershipService(config, self.database, keyring, mailer)
        return MailServices(membership, sender, progress, messages, mailer, keyring)

    def _ask_page(self, address: str, seconds: float) -> str:
        from publisher.publishing.page_check import ask_page  # noqa: PLC0415

        return ask_page(self.config.site.url, address, seconds)

    def _tell_held(
        self, transaction: Transaction, issues: Sequence[IssueRecord], instant: datetime
    ) -> None:
        """Write to the operator, where one is named."""
        if self.config.notify.email is None or not issues:
            return
        from publisher.mail.operator_alerts import OperatorAlerts  # noqa: PLC0415

        keyring = keyring_of(self.config)
        alerts = OperatorAlerts(self.config, lambda: keyring, self.composing.environment)
        alerts.held(transaction, issues, instant)


def open_site(
    config: Config,
    track: Callable[[Sequence[str]], Iterable[str]] | None = None,
    *,
    may_fork: bool = False,
) -> App:
    """Open the state of a site, and return the services that work on it.

    Args:
        config: The configuration.
        track: Tells somebody how far a long reading of the folder is; nobody when absent.
        may_fork: This process has no other threads, and may use several processes.

    Raises:
        StateError: The state cannot be used.
        ForeignStateError: It belongs to another configuration.
    """
    database = Database.open(config.state_folder, config.state.url)
    queue = open_queue(config.delivery.queue, database)
    claim(database, config)
    newsletters = OutputFolder(config.newsletters_folder, private=True)
    mark_file = RestoreMarkFile(newsletters)
    notice_copy(database, mark_file)
    scanner = Scanner(
        PostsFolder(config),
        Clocks(time.monotonic, time.time_ns, time.sleep),
        config.posts.settle,
        config.site.url,
        config.posts.url,
        pack_source,
        unpack_body,
    )
    scanner.spool = lambda: Spool(config.state_folder).put
    if track is not None:
        scanner.track = track
    if may_fork:
        scanner.map_parallel = map_parallel
    looks = (config.site.model_dump_json(), config.feeds.model_dump_json(), __version__)
    return App(
        config=config,
        database=database,
        queue=queue,
        scanner=scanner,
        feeds=FeedSettings(
            config,
            OutputFolder(config.public_folder),
            _digest(*looks),
            map_parallel if may_fork else map_serial,
        ),
        composing=ComposerSettings(
            config,
            newsletters,
            functools.cache(lambda: templates_of(config)),
            LocalImages(config).width_of,
        ),
        mark_file=mark_file,
    )


def open_worker(
    config: Config,
    ending: threading.Event,
    clock: Callable[[], datetime] = now,
    health: Health | None = None,
) -> tuple[BatchWorker, BatchQueue]:
    """Return what works on batches until ``ending`` is set, and the queue that has them.

    There need be no folder of posts or newsletters.

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
    from publisher.issues.batch_worker import BatchWorker, Keeper  # noqa: PLC0415
    from publisher.system.processes import boottime  # noqa: PLC0415

    database = Database.open(config.state_folder, config.state.url)
    queue = open_queue(config.delivery.queue, database)
    # The mark is beside the newsletters, where ``run`` is.
    sender, progress, _ = _sender(config, database, keyring_of(config), None, clock, health)
    sender.progress = Keeper(progress, boottime)
    max_age = config.newsletter.max_age
    return BatchWorker(sender, progress, database, queue, max_age, ending), queue


def keyring_of(config: Config) -> Keyring:
    """Return the keys; made on first use, except with PostgreSQL, where they are given.

    Raises:
        StateError: They cannot be used.
    """
    from publisher.subscribers.tokens import Keyring  # noqa: PLC0415

    return Keyring.of(load_secrets(config.state_folder / NAME, may_make=not config.state.url))


def _sender(
    config: Config,
    database: Database,
    keyring: Keyring,
    mark_file: RestoreMarkFile | None,
    clock: Callable[[], datetime],
    health: Health | None,
) -> tuple[Sender, IssueProgress, MessageFactory]:
    from publisher.delivery.claim_store import ClaimStore  # noqa: PLC0415
    from publisher.delivery.message_factory import MessageFactory  # noqa: PLC0415
    from publisher.delivery.sender import Sender  # noqa: PLC0415
    from publisher.delivery.transports.configured import sender_environment  # noqa: PLC0415
    from publisher.issues.progress import IssueProgress  # noqa: PLC0415
    from publisher.mail.operator_alerts import OperatorAlerts  # noqa: PLC0415
    from publisher.system.health import Health  # noqa: PLC0415

    environment = sender_environment(config, clock, health or Health(clock))
    alerts = OperatorAlerts(config, lambda: keyring, functools.cache(lambda: templates_of(config)))
    progress = IssueProgress(database, alerts, mark_file)
    messages = MessageFactory(config, database, keyring)
    sender = Sender(config, ClaimStore(database), messages, progress, environment)
    return sender, progress, messages


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
