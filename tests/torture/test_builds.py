"""A build that is killed, or whose disk fails, anywhere: feeds are the old ones or the new ones, and news is announced once."""

from __future__ import annotations

import json
from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import feedparser
import pytest
from lxml import etree

from tests.torture.scale import LONG, scaled
from tests.torture.stage import Stage
from tests.torture.tracing import let_go, need_tracing

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.forks import Forks

CALLS = ("pwrite64", "fdatasync", "fsync", "write", "rename", "link", "unlink", "ftruncate", "mkdir", "openat")
SHARE = (("pwrite64", 5), ("fdatasync", 2), ("write", 2), ("rename", 1), ("rename", 3), ("fsync", 2))
FAULTS = {"killed": "signal=SIGKILL", "no space": "error=ENOSPC", "input/output error": "error=EIO"}
ENOUGH = 5
"""So many calls in a row that did no harm: there are no more."""
FEEDS = ("feed.xml", "atom.xml", "feed.json")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_build_that_fails_anywhere_leaves_whole_feeds_and_the_next_one_goes_on(tmp_path: Path, forks: Forks, fault: str) -> None:
    """At each system call, one after another: every feed is as it was or as it will be, and the issue is queued once.

    The defences are one transaction for the change and its issue, and feeds that are replaced by renaming what was synced.
    """
    need_tracing()
    stage = Stage(tmp_path / "site", 2)
    stage.write("First")
    stage.publish()
    before, ids = _feeds(stage), _ids(stage)
    stage.write("News")
    stage.write("First", words="Other words.")
    stage.keep()
    faults = 0
    harmless: Counter[str] = Counter()
    for call, number in product(CALLS, range(1, 400)) if LONG else SHARE[: 4 if fault == "killed" else 2]:
        if harmless[call] == ENOUGH:
            continue
        stage.bring_back()
        if let_go(forks.begin(stage, waits=True, builds=True), f"{call}:{FAULTS[fault]}:when={number}") == 0:
            # There are no more such calls, or nothing depends on this one.
            harmless[call] += 1
            continue
        faults += 1
        harmless[call] = 0
        _check_whole(stage, before, (call, number))
        assert forks.begin(stage, builds=True).wait() == 0, forks.said()
        assert stage.issue_states("News") == ["queued"], (call, number)
        assert len(stage.issue_states()) == 2, (call, number)
        assert _ids(stage) | ids == _ids(stage), "an id changed"
        assert {"News", "First"} == {entry.title for entry in feedparser.parse(_feeds(stage)["feed.xml"]).entries}
        kept = _feeds(stage)
        assert forks.begin(stage, builds=True).wait() == 0, forks.said()
        assert _feeds(stage) == kept
    assert faults >= scaled(20, 1)


def _feeds(stage: Stage) -> dict[str, bytes]:
    return {name: (stage.folder / "public" / name).read_bytes() for name in FEEDS}


def _ids(stage: Stage) -> dict[str, str]:
    return {entry.title: entry.id for entry in feedparser.parse(_feeds(stage)["feed.xml"]).entries}


def _check_whole(stage: Stage, before: dict[str, bytes], where: tuple[str, int]) -> None:
    """Say that every feed is the old one, byte by byte, or a new one that is whole."""
    for name, data in _feeds(stage).items():
        if data == before[name]:
            continue
        assert b"News" in data, where
        if name.endswith(".json"):
            assert len(json.loads(data)["items"]) == 2, where
        else:
            etree.fromstring(data)
