"""A build that is killed, or whose disk fails, at any system call.

Feeds are the old ones or the new ones, and news is announced once.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.torture.aftermath import AfterEdit, AfterNews
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG, scaled
from tests.torture.subscribed_site import SubscribedSite
from tests.torture.tracing import let_go, need_tracing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.torture.aftermath import Aftermath
    from tests.torture.forks import Forks

CALLS = (
    "pwrite64",
    "fdatasync",
    "fsync",
    "write",
    "rename",
    "link",
    "unlink",
    "ftruncate",
    "mkdir",
    "openat",
)
SHARE = {
    "killed": (("pwrite64", 5), ("write", 8), ("rename", 10)),
    "no space": (("pwrite64", 5), ("write", 9)),
    "input/output error": (("fdatasync", 2), ("write", 10), ("fsync", 15)),
}
"""Writes and renames from the eighth on, and syncs from the fifteenth, are those of feeds."""
FAULTS = {"killed": "signal=SIGKILL", "no space": "error=ENOSPC", "input/output error": "error=EIO"}
ENOUGH = 5
"""So many calls in a row that did no harm: there are no more."""


EDIT_SHARE = {
    "killed": (("pwrite64", 5), ("rename", 6)),
    "no space": (("pwrite64", 5),),
    "input/output error": (("fdatasync", 3),),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_build_that_fails_anywhere_leaves_whole_feeds_and_the_next_one_goes_on(
    tmp_path: Path, forks: Forks, fault: str
) -> None:
    """At each system call, one after another.

    Every feed is as it was or as it will be, and the issue is queued once.

    The defences are one transaction for the change and its issue, and feeds that are replaced by
    renaming what was synced (``output.py:_replace``: seen to fail where it writes in place).
    """
    subscribed_site = SubscribedSite(tmp_path / "site", 2)
    faults = _fail_everywhere(
        subscribed_site, AfterNews(subscribed_site, forks), forks, fault, SHARE
    )
    record(Trial(f"build: {fault} at each system call", runs=faults, harm=0))
    assert faults >= scaled(20, 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_build_after_an_edit_that_fails_anywhere_leaves_whole_feeds(
    tmp_path: Path, forks: Forks, fault: str
) -> None:
    """At each system call: the next build writes what this one began to write, to the byte.

    Seen to fail where ``edits.publish_edits`` writes feeds before it commits the rows they show:
    the next build dates the edit anew.
    """
    subscribed_site = SubscribedSite(tmp_path / "site", 2)
    faults = _fail_everywhere(
        subscribed_site, AfterEdit(subscribed_site, forks), forks, fault, EDIT_SHARE
    )
    record(Trial(f"build after an edit: {fault} at each system call", runs=faults, harm=0))
    assert faults >= scaled(20, 1)


def _fail_everywhere(
    subscribed_site: SubscribedSite,
    aftermath: Aftermath,
    forks: Forks,
    fault: str,
    share: Mapping[str, Sequence[tuple[str, int]]],
) -> int:
    """Let a build fail at each system call, one after another; give how often one did."""
    need_tracing()
    subscribed_site.keep()
    faults = 0
    harmless: Counter[str] = Counter()
    for call, number in product(CALLS, range(1, 400)) if LONG else share[fault]:
        if harmless[call] == ENOUGH:
            continue
        subscribed_site.bring_back()
        if (
            let_go(
                forks.begin(subscribed_site, waits=True, builds=True),
                f"{call}:{FAULTS[fault]}:when={number}",
            )
            == 0
        ):
            # There are no more such calls, or nothing depends on this one.
            harmless[call] += 1
            continue
        faults += 1
        harmless[call] = 0
        aftermath.check((call, number))
    return faults
