"""The transport without a server: messages are written into a maildir, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from publisher.delivery.reply_codes import AttemptResult, Verdict
from publisher.errors import OutputError

if TYPE_CHECKING:
    from pathlib import Path


_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE | re.IGNORECASE)


class Maildir:
    """A maildir (``tmp``, ``new``, ``cur``) that any mail program can open.

    Attributes:
        root: The folder; made when first written to.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def deliver(
        self,
        sender: str,
        recipient: str,
        data: bytes,
        seconds: float,
        *,
        is_clean: bool = False,
    ) -> AttemptResult:
        """Write one message.

        The file's name comes from the Message-ID: writing a message again after a crash replaces
        it, and never makes a second one.
        """
        # A file has no envelope.
        del sender, recipient, is_clean
        found = _MESSAGE_ID.search(data)
        if found is None:
            return AttemptResult(Verdict.REFUSED, "it has no Message-ID")
        if seconds <= 0:
            return AttemptResult(Verdict.LATER, "the time for this message is over")
        try:
            return AttemptResult(Verdict.ACCEPTED, self.write(found[1].decode(), data))
        except OutputError as error:
            return AttemptResult(Verdict.RELAY, error.message)

    def close(self) -> None:
        """Nothing is open between messages."""

    def write(self, message_id: str, data: bytes) -> str:
        """Write one message under the name its Message-ID gives, and give that name.

        Raises:
            OutputError: It cannot be written.
        """
        # The same message has the same name: writing it again after a crash replaces it.
        name = f"{hashlib.sha256(message_id.encode()).hexdigest()[:32]}.publisher"
        try:
            if not self.root.is_dir():
                _make_folder(self.root)
                # Every message has its reader's own links: none belongs in a repository.
                (self.root / ".gitignore").write_text("*\n!.gitignore\n")
                _take_owner(self.root / ".gitignore")
            for folder in (self.root / name for name in ("tmp", "new", "cur")):
                if not folder.is_dir():
                    _make_folder(folder)
            # A mail client has moved it to cur/ and put flags behind its name; it is not to appear
            # unread again.
            if not any((self.root / "cur").glob(f"{name}:*")):
                self._write(name, data)
        except OSError as error:
            raise OutputError(
                f"{self.root} cannot be written: {error.strerror}.",
                cure="Make room or mend its permissions.",
            ) from error
        return name

    def _write(self, name: str, data: bytes) -> None:
        temporary = self.root / "tmp" / name
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(
                descriptor, 0o600
            )  # one that a crash left, or a umask that takes the owner's own rights
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        _take_owner(temporary)
        temporary.replace(self.root / "new" / name)
        # A rename is on the disk only once its folder is; what is marked as written must be there.
        folder = os.open(self.root / "new", os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # a umask may have taken the owner's own rights
    _take_owner(folder)


def _take_owner(path: Path) -> None:
    """Hand what root makes to the owner of its folder, so that the daemon's user can go on."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
