"""A private Postfix for tests: its own configuration, queue, log and port.

It takes everything and hands it to one server.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from tests.delivery.smtp_server import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PROGRAMS = Path("/usr/lib/postfix/sbin")
_COMMANDS = Path("/usr/sbin")

# High limits, no DNS, nothing delivered on this machine.
_MAIN = """\
compatibility_level = 3.6
command_directory = {commands}
daemon_directory = {programs}
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydomain = example
myorigin = relay.example
mydestination =
local_transport = error:nothing is delivered here
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{next_port}
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
smtpd_forbid_bare_newline = yes
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
smtpd_client_recipient_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_tls_security_level = none
smtp_tls_security_level = none
smtputf8_enable = yes
message_size_limit = 10485760
in_flow_delay = 0
default_process_limit = 50
default_destination_concurrency_limit = 50
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
enable_long_queue_ids = {long_ids}
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """One instance, running between ``with`` or :meth:`start` and :meth:`stop`.

    It stays in its folder.

    Attributes:
        port: Where it listens, on the loopback interface.
        log: Its mail log.
    """

    def __init__(self, next_port: int, *, long_ids: bool = False) -> None:
        """Take where it hands everything, and whether its queue ids are long ones."""
        self._settings = {"next_port": next_port, "long_ids": "yes" if long_ids else "no"}
        self.port = _free_port()
        self._master = 0

    def __enter__(self) -> Self:
        # Sockets in the queue have names of 108 bytes at most, and Postfix's own users must reach
        # them: pytest's folders are neither.
        self._temporary = tempfile.TemporaryDirectory(
            prefix="postfix-", dir="/tmp", ignore_cleanup_errors=True
        )
        self._folder = Path(self._temporary.name)
        self.log = self._folder / "log" / "mail.log"
        self._configure()
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._run("start")
        self._master = int((self._folder / "queue" / "pid" / "master.pid").read_text("ascii"))
        _wait(self._listens, "Postfix does not listen")

    def stop(self) -> None:
        """Stop it and wait until all of it is gone; what is in its queue stays there."""
        for command in ("stop", "abort"):
            self._run(command, check=False)
            with contextlib.suppress(AssertionError):
                _wait(lambda: not _runs(self._master), "")
                return
        assert not _runs(self._master), "Postfix cannot be stopped"

    def lines(self) -> list[str]:
        """Return the log so far."""
        return self.log.read_text("utf-8").splitlines() if self.log.exists() else []

    def wait_for_line(self, pattern: str, times: int = 1) -> list[str]:
        """Wait until so many lines of the log match a pattern, and return the whole log."""
        _wait(
            lambda: sum(re.search(pattern, line) is not None for line in self.lines()) >= times,
            f"no line of the log matches {pattern}",
        )
        return self.lines()

    def _configure(self) -> None:
        self._folder.chmod(0o755)
        for name, owner in (
            ("etc", "root"),
            ("queue", "root"),
            ("data", "postfix"),
            ("log", "root"),
        ):
            folder = self._folder / name
            folder.mkdir(mode=0o755)
            shutil.chown(folder, owner)
        fields = {
            "folder": self._folder,
            "programs": _PROGRAMS,
            "commands": _COMMANDS,
            "port": self.port,
            **self._settings,
        }
        (self._folder / "etc" / "main.cf").write_text(_MAIN.format(**fields), "ascii")
        (self._folder / "etc" / "master.cf").write_text(_MASTER.format(**fields), "ascii")

    def _run(self, command: str, *, check: bool = True) -> None:
        done = subprocess.run(
            [str(_COMMANDS / "postfix"), "-c", str(self._folder / "etc"), command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert not check or done.returncode == 0, (
            f"postfix {command}: {done.stdout}{done.stderr}{self.lines()}"
        )

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False


def mail_system(*, long_ids: bool = False) -> Iterator[tuple[Postfix, SmtpServer]]:
    """Yield a Postfix and the server it hands everything to.

    Made a fixture where it is used, with whatever scope.

    ::

        system = pytest.fixture(mail_system, scope="module")
    """
    require_postfix()
    with SmtpServer() as sink, Postfix(sink.port, long_ids=long_ids) as postfix:
        yield postfix, sink


def require_postfix() -> None:
    """Skip where no Postfix can be started, and say why."""
    if not (_COMMANDS / "postfix").exists() or not (_PROGRAMS / "master").exists():
        pytest.skip("Postfix is not installed")
    if os.geteuid() != 0:
        pytest.skip("only root can start a Postfix")
    try:
        pwd.getpwnam("postfix")
    except KeyError:
        pytest.skip("Postfix has no user of its own here")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _runs(process: int) -> bool:
    return process != 0 and Path(f"/proc/{process}").exists()


def _wait(ready: Callable[[], bool], complaint: str, seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < ends, complaint
        time.sleep(0.02)
