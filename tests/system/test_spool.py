"""Sources wait on disk until they are stored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from publisher.system.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_put_into_a_spool_comes_out_as_it_was(tmp_path: Path) -> None:
    """In any order, as long as somebody asks.

    No file is left, whatever happens (the defence is ``tempfile.TemporaryFile``).
    """
    pairs = [(bytes([number]) * number, os.urandom(1000 * number)) for number in range(20)]
    spool = Spool(tmp_path)
    kept = [spool.put(pair) for pair in pairs]
    del spool
    assert list(tmp_path.iterdir()) == []
    assert [give() for give in reversed(kept)] == pairs[::-1]


def test_where_the_disk_takes_nothing_it_stays_in_memory(tmp_path: Path) -> None:
    """A folder that is not there, or a disk that is full.

    ``Spool`` does without (seen to fail without its ``suppress``).
    """
    pair = (b"post", b"body")
    assert Spool(tmp_path / "gone").put(pair)() == pair
    spool = Spool(tmp_path)
    os.close(spool._descriptor)
    assert spool.put(pair)() == pair
    spool._descriptor = -1
