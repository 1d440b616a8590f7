"""``state/secret.key``: one secret a line as 64 hex digits, newest first.

Made on first use, old ones kept for ever.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from typing import TYPE_CHECKING

from publisher.database.errors import sudo_line
from publisher.errors import StateError
from publisher.system.files import put, written_whole
from publisher.system.private_files import make_private_folder, tighten

if TYPE_CHECKING:
    from pathlib import Path


NAME = "secret.key"


def load_secrets(path: Path, *, may_make: bool) -> list[bytes]:
    """Return the secrets, newest first.

    Args:
        path: Of the key file.
        may_make: Make the file when it is missing. With PostgreSQL, where several machines must
            hold the same keys, it is given.

    Raises:
        StateError: It is missing, unreadable or holds something else.
    """
    if may_make:
        _make(path)
    tighten(path)
    try:
        text = path.read_text("ascii")
    except FileNotFoundError as error:
        cure = (
            "Give every machine the same file: 'openssl rand -hex 32' makes a key; restore yours if"
            " you had one."
        )
        raise StateError(f"The key file {path} is missing.", cure=cure) from error
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(
            f"The key file {path} cannot be read: {error}.", cure=sudo_line(path)
        ) from error
    # Several keys: the first signs, all of them read, so that a key can be changed without breaking
    # links in sent mail.
    lines = [
        line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")
    ]
    if not lines or not all(re.fullmatch(r"[0-9a-f]{64}", line) for line in lines):
        raise StateError(
            f"The key file {path} does not hold lines of 64 hex digits.",
            cure="Bring it back from a backup.",
        )
    return [bytes.fromhex(line) for line in lines]


def _make(path: Path) -> None:
    """Make the file once, 0600, whole or not at all.

    A process that makes it at the same time wins or loses as a whole.
    """
    if path.exists():
        return
    try:
        make_private_folder(path.parent)
        with (
            contextlib.suppress(FileExistsError),
            written_whole(path, 0o600, put) as stream,
        ):
            stream.write(f"{secrets.token_hex(32)}\n".encode())
    except OSError as error:
        raise StateError(
            f"The key file {path} cannot be made: {error.strerror}.", cure=sudo_line(path)
        ) from error
