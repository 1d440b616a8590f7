"""Make the message of a claim: an issue's from its merge, a letter's whole."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from publisher.delivery.models import Envelope, MessageKind
from publisher.delivery.progress_store import ProgressStore
from publisher.errors import HeaderError
from publisher.newsletter.branding import SAMPLE_SENDER, branding_of, transactional_branding
from publisher.newsletter.mail_merge import MailMerge, Recipient
from publisher.newsletter.mime import WithdrawnError, address_of, build_single_message
from publisher.newsletter.models import Composition
from publisher.newsletter.store import IssueStore
from publisher.posts.store import PostStore
from publisher.subscribers.email_address import envelope_address
from publisher.subscribers.tokens import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from publisher.config import Config
    from publisher.database.database import Database
    from publisher.delivery.models import Candidate, Claim
    from publisher.newsletter.issue import IssueContent, IssueRecord
    from publisher.subscribers.tokens import Keyring


_MERGES_KEPT = 8
_MAC_LENGTH = 12


@dataclass(frozen=True, slots=True)
class _Frozen:
    """An issue as it was frozen: ready for any reader, and when."""

    merge: MailMerge
    queued: datetime


class MessageFactory:
    """Makes messages of one site; used by several threads at once."""

    def __init__(self, config: Config, state: Database, keyring: Keyring) -> None:
        self.config, self.state, self.keyring = config, state, keyring
        self._merges: OrderedDict[int, _Frozen] = OrderedDict()
        self._names: dict[int, str] = {}
        self._lock = threading.Lock()
        self._letters = transactional_branding(config)
        self._return_path = return_path_of(config)

    def message_id(self, candidate: Candidate) -> str:
        """Return a message's Message-ID.

        It is the same at every attempt, and no other message's (RFC 5322, 3.6.4).

        It comes from the issue's random name: numbers are given out again after an older copy of
        the database came back.
        """
        if candidate.message_id:
            return candidate.message_id
        return message_id(
            self.config, self.keyring, f"issue:{self._name(candidate.issue)}:{candidate.public}"
        )

    def _name(self, key: int) -> str:
        """Return an issue's random name.

        What it says is not looked at: were it broken, nobody's message could be claimed.
        """
        name = self._names.get(key)
        if name is None:
            with self.state.reading() as transaction:
                issue = IssueStore(transaction).issue(key)
            # Where the issue is gone the lane finds it so too, and the row then says why.
            name = self._names[key] = issue.public if issue is not None else str(key)
        return name

    def forget(self) -> None:
        """Read issues anew from now on.

        One that was taken back and queued again may say something else.
        """
        with self._lock:
            self._merges.clear()
        self._names.clear()

    def envelope(self, claim: Claim) -> Envelope:
        """Return the message of a claim, and whom it goes to.

        Raises:
            HeaderError: A field would break the message.
            WithdrawnError: Its reader was forgotten, and what it said with them.
            StateError: The database cannot be read.
        """
        recipient = envelope_address(claim.candidate.address)
        is_issue = claim.candidate.kind is MessageKind.ISSUE
        data = self._issue(claim, recipient) if is_issue else self._letter(claim, recipient)
        return Envelope(
            self._sender(claim), recipient, data, is_clean=is_issue and recipient.isascii()
        )

    def _issue(self, claim: Claim, recipient: str) -> bytes:
        candidate = claim.candidate
        issue, web = self._frozen(candidate.issue), self.config.web_url
        return issue.merge.message(
            Recipient(
                recipient,
                candidate.name,
                claim.attempted.astimezone(self.config.zone).replace(microsecond=0),
                claim.message_id,
                f"{web}/unsubscribe/"
                f"{self.keyring.sign(Purpose.UNSUBSCRIBE, candidate.public, issue.queued)}",
                f"{web}/preferences/"
                f"{self.keyring.sign(Purpose.PREFERENCES, candidate.public, issue.queued)}",
            )
        )

    def _letter(self, claim: Claim, recipient: str) -> bytes:
        with self.state.reading() as transaction:
            content = ProgressStore(transaction).letter_content(claim.candidate.key)
        if content is None:
            raise WithdrawnError("its reader left, and what it said is gone")
        return build_single_message(
            Composition(content.subject, content.preheader, content.html, content.text),
            self._letters,
            recipient=recipient,
            date=claim.attempted.astimezone(self.config.zone).replace(microsecond=0),
            message_id=claim.message_id,
        )

    def _frozen(self, key: int) -> _Frozen:
        with self._lock:
            found = self._merges.get(key)
            if found is None:
                with self.state.reading() as transaction:
                    issue = IssueStore(transaction).issue(key)
                    content = IssueStore(transaction).content(key)
                    posts = (
                        PostStore(transaction).load_posts(issue.posts[:1])
                        if issue is not None
                        else {}
                    )
                if issue is None or content is None or issue.queued_at is None:
                    raise HeaderError("what its issue says is gone")
                page = next((post.url for post in posts.values()), "")
                found = _Frozen(merge_of(self.config, issue, content, page), issue.queued_at)
                self._merges[key] = found
                if len(self._merges) > _MERGES_KEPT:
                    self._merges.popitem(last=False)
            return found

    def _sender(self, claim: Claim) -> str:
        local, _, domain = self._return_path.rpartition("@")
        if (
            self.config.delivery.return_path is None
            or claim.candidate.kind is not MessageKind.ISSUE
        ):
            return self._return_path
        code = self.keyring.fingerprint(f"bounce:{claim.candidate.key}:{claim.message_id}")[
            :_MAC_LENGTH
        ]
        return f"{local}+{claim.candidate.key}-{code}@{domain}"


def merge_of(
    config: Config, issue: IssueRecord, content: IssueContent, page: str = ""
) -> MailMerge:
    """Make ready what an issue says for any number of readers.

    Args:
        config: The configuration.
        issue: The issue.
        content: What it says.
        page: Of its first post: what "read on the web" leads to where no web side shows the issue.

    Raises:
        HeaderError: The subject or the sender would break a message.
    """
    web = (
        f"{config.web_url}/issues/{issue.public}"
        if config.web.url is not None
        else page or f"{config.site.url}/"
    )
    composition = Composition(
        content.subject, content.preheader, content.html, content.text, mark=content.mark
    )
    branding = branding_of(config)
    return MailMerge.of(
        composition,
        replace(branding, sender=branding.sender or f"{branding.title} <{SAMPLE_SENDER}>"),
        web,
    )


def return_path_of(config: Config) -> str:
    """Return the envelope sender: ``delivery.return_path``, else the address of From."""
    given = config.delivery.return_path or config.newsletter.sender or SAMPLE_SENDER
    return address_of(given)


def message_id(config: Config, keyring: Keyring, name: str) -> str:
    """Make a Message-ID that only the holder of the keys can make."""
    host = urlsplit(config.web_url).hostname or "localhost"
    return f"<{hashlib.sha256(keyring.fingerprint(name).encode()).hexdigest()[:32]}@{host}>"
