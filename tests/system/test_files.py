"""Files of ours are replaced whole, or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from publisher.errors import OutputError
from publisher.system.files import OutputFolder
from publisher.system.restore_mark import RestoreMark, RestoreMarkFile
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


CRASH = """
import os, signal, sys
from pathlib import Path
from publisher.system import files as output
folder = output.OutputFolder(Path(sys.argv[1]))
real = getattr(output.os, sys.argv[2])
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(output.os, sys.argv[2], die)
folder.write("feed.xml", b"new" * 100_000)
"""


def test_a_file_is_written_with_its_folders_and_modes(tmp_path: Path) -> None:
    """Folders 0755, files 0644, whatever the umask."""
    before = os.umask(0o077)
    try:
        assert OutputFolder(tmp_path / "public").write("tags/ü/feed.xml", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "public" / "tags" / "ü").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "public" / "tags" / "ü" / "feed.xml").stat().st_mode & 0o777 == 0o644


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    """ETag and Last-Modified follow the words."""
    folder = OutputFolder(tmp_path)
    assert folder.write("a", b"x")
    before = _written(tmp_path / "a")
    assert not folder.write("a", b"x")
    assert _written(tmp_path / "a") == before


def _written(path: Path) -> tuple[object, ...]:
    """Return all that its stat tells but when it was read last: comparing the bytes reads them."""
    info = path.stat()
    return (*info[:7], info.st_mtime_ns, info.st_ctime_ns)


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_crash_leaves_the_old_bytes_and_the_next_write_cleans_up(
    tmp_path: Path, call: str
) -> None:
    """Promise 1, no half feed: killed before the rename, the reader sees the old file."""
    folder = OutputFolder(tmp_path)
    folder.write("feed.xml", b"old")
    done = subprocess.run([sys.executable, "-c", CRASH, str(tmp_path), call], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "feed.xml").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    folder.write("feed.xml", b"newer")
    assert [path.name for path in tmp_path.iterdir()] == ["feed.xml"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    """A thousand reads during two hundred writes: each is one version, whole."""
    folder = OutputFolder(tmp_path)
    folder.write("feed.xml", b"0" * 200_000)
    torn: list[bytes] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            data = (tmp_path / "feed.xml").read_bytes()
            if len(data) != 200_000 or len(set(data)) != 1:
                torn.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        folder.write("feed.xml", str(number % 10).encode() * 200_000)
    stop.set()
    reader.join()
    assert torn == []


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "a\0b", ""])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Promise 8: nothing in a post names a path outside."""
    with pytest.raises(OutputError):
        OutputFolder(tmp_path / "public").write(name, b"x")
    assert not (tmp_path / "x").exists()


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    """A symbolic link below ours that points elsewhere is refused."""
    (tmp_path / "public").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "public" / "tags").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="symbolic link"):
        OutputFolder(tmp_path / "public").write("tags/feed.xml", b"x")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_is_a_file_is_an_error_with_a_cure(tmp_path: Path) -> None:
    """And nothing is lost."""
    (tmp_path / "public").write_text("a file")
    with pytest.raises(OutputError) as caught:
        OutputFolder(tmp_path / "public").write("feed.xml", b"x")
    assert caught.value.cure
    assert (tmp_path / "public").read_text() == "a file"


def test_a_full_disk_leaves_the_old_bytes(tmp_path: Path) -> None:
    """A write that fails in the middle (a limit on file size stands for the disk).

    The old feed stays, no scrap is left.
    """
    OutputFolder(tmp_path).write("feed.xml", b"old")
    script = (
        "import resource, signal, sys; from pathlib import Path; from publisher.system.files import"
        " *\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\ntry:"
        " OutputFolder(Path(sys.argv[1])).write('feed.xml', b'new' * 100_000)\nexcept OutputError"
        " as error: sys.exit(7 if error.cure else 8)\n"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False
        ).returncode
        == 7
    )
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"feed.xml": b"old"}


def test_the_mark_comes_back(tmp_path: Path) -> None:
    """Who wrote here last, and how far it was; a garbled mark says nothing."""
    folder = OutputFolder(tmp_path)
    mark_file = RestoreMarkFile(folder)
    assert mark_file.read() is None
    mark_file.write(RestoreMark("db", 7))
    assert mark_file.read() == RestoreMark("db", 7)
    (tmp_path / ".mark").write_text("garbled")
    assert mark_file.read() is None


def test_two_who_write_the_same_file_at_once_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    """A daemon and a command mark at the same time.

    What one is writing is nothing that a crash left.
    """
    folder, failed = OutputFolder(tmp_path), []

    def write(name: int) -> None:
        try:
            for number in range(40):
                folder.write("mark", f"{name} {number}".encode())
        except OutputError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert [path.name for path in tmp_path.iterdir()] == ["mark"]
