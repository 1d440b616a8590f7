"""What a Postfix log says of messages whose fate is in doubt: which of them Postfix took.

A message is taken when ``cleanup`` has named its Message-ID and ``qmgr`` has put the same queue id
into the active queue. The first alone proves nothing: it is logged while the message still comes,
also when the client is gone before the final dot.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from publisher.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path


# Classic ("Mar  2 08:00:00") and RFC 3339 time stamps; a host; any syslog_name; a queue id, short
# or long; what is said of it.
_LINE = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\S+) \S+ "
    r"\S*?/(?P<program>[a-z0-9_-]+)\[\d+\]: (?P<queue_id>[0-9A-Za-z]{5,31}): (?P<words>.*)",
    re.DOTALL,
)
_MESSAGE_ID = re.compile(r"message-id=(<[^>]*>)")
_STATUS = re.compile(r"(?:from|to)=<[^>]*>, .*?\bstatus=(.*)", re.DOTALL)
# A line end inside a header is logged as a question mark; neither it nor the blank behind it
# belongs to an id (RFC 5322, 3.6.4).
_FOLD = re.compile(r"(?<!\?)\?*\s+")
_TRIES = 16


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the log says of one message.

    Attributes:
        accepted: Whether Postfix took it. Where ``queue_id`` is set and this is not, the client was
            gone too early, or the line is still to come: the queue manager writes it a moment after
            the client has its reply, and later when its active queue is full.
        queue_id: Under which it was taken, else under which it was seen last; empty when it was
            never seen.
        status: How Postfix itself fared with it, in the words of the last line that says so: ``sent
            (250 Ok)``, ``bounced (...)``.
    """

    accepted: bool = False
    queue_id: str = ""
    status: str = ""


def accepted(lines: Iterable[str], message_ids: Collection[str]) -> dict[str, Accepted]:
    """Return for each message whether Postfix took it.

    The log is read once, line by line; what is kept grows with the number of messages asked for,
    not with the log.

    Args:
        lines: Of the log, oldest first, with or without their ends.
        message_ids: With angle brackets.
    """
    found = {message_id: Accepted() for message_id in message_ids}
    reader = _Reader(found)
    for line in lines:
        # Most lines concern nobody asked for, and looking for a word costs a tenth of taking a line
        # apart.
        if "message-id=<" in line or (reader.owners and ("/qmgr[" in line or "status=" in line)):
            match = _LINE.match(line.rstrip("\r\n"))
            if match is not None:
                reader.read(match["program"], match["queue_id"], match["words"])
    return found


class _Reader:
    """Which queue id stands for which message at this point of the log.

    Short queue ids are used again (they are an inode and a fraction of a second): each belongs to
    the message that cleanup named last.
    """

    def __init__(self, found: dict[str, Accepted]) -> None:
        self.found = found
        self.owners: dict[str, str] = {}
        self._tries: dict[str, list[str]] = {}

    def read(self, program: str, queue_id: str, words: str) -> None:
        if program == "cleanup":
            match = _MESSAGE_ID.match(words)
            if match is not None:
                self._name(queue_id, _FOLD.sub("", match[1]))
        elif (message_id := self.owners.get(queue_id)) is not None:
            self._hear(message_id, program, queue_id, words)

    def _name(self, queue_id: str, message_id: str) -> None:
        self._forget(queue_id)
        if message_id not in self.found:
            return
        self.owners[queue_id] = message_id
        tries = self._tries.setdefault(message_id, [])
        tries.append(queue_id)
        if len(tries) > _TRIES:
            del self.owners[tries.pop(0)]
        if not self.found[message_id].accepted:
            self.found[message_id] = replace(self.found[message_id], queue_id=queue_id)

    def _hear(self, message_id: str, program: str, queue_id: str, words: str) -> None:
        known = self.found[message_id]
        if (match := _STATUS.match(words)) is not None:
            self.found[message_id] = replace(known, status=match[1])
        elif program == "qmgr" and words == "removed":
            self._forget(queue_id)
        elif (
            program == "qmgr"
            and words.startswith("from=<")
            and words.endswith("(queue active)")
            and not known.accepted
        ):
            self.found[message_id] = replace(known, accepted=True, queue_id=queue_id)

    def _forget(self, queue_id: str) -> None:
        message_id = self.owners.pop(queue_id, None)
        if message_id is not None:
            self._tries[message_id].remove(queue_id)


def accepted_by_log(path: Path, message_ids: Sequence[str]) -> Mapping[str, str]:
    """Return which of these Message-IDs the relay's log says were accepted, with its words.

    Raises:
        StateError: The log cannot be read.
    """
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
