"""A build with a full or read-only disk, no real folder, or a database held, newer, or gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands import publisher
from tests.conftest import ROOT
from tests.torture.aftermath import AfterNews, shown
from tests.torture.driver import REFUSED
from tests.torture.mounts import enlarge, leave, read_only, small_disk
from tests.torture.rows import Trial, record
from tests.torture.scale import LONG, scaled
from tests.torture.subscribed_site import SubscribedSite

if TYPE_CHECKING:
    from pathlib import Path

    from tests.torture.forks import Forks

MEGABYTES = 32
"""Size of a disk that is large enough."""
PAGES = {"": range(400) if LONG else (20,), "public": range(400) if LONG else (1, 15)}
WORDS = "These are the words of a long letter. " * 1000
ENOUGH = 5
FOLDERS = ("public", "newsletters", "state")


@pytest.mark.parametrize("folder", PAGES, ids=["everything", "public"])
def test_a_disk_that_is_full_at_any_point_of_a_build(
    tmp_path: Path, forks: Forks, folder: str
) -> None:
    """A page more room each time, until there is enough.

    One sentence, feeds old or new, and with room the build goes on.

    The defence is that ``output.py:_replace`` writes beside and renames (seen to fail where it
    writes in place).
    """
    kept, site = tmp_path / "kept", tmp_path / "site"
    with small_disk(site, MEGABYTES):
        subscribed_site = SubscribedSite(site, 2)
        aftermath = AfterNews(subscribed_site, forks, WORDS)
        shutil.copytree(site, kept)
    full = harmless = 0
    for pages in PAGES[folder]:
        with small_disk(site / folder, MEGABYTES) as disk:
            shutil.copytree(kept, site, dirs_exist_ok=True)
            leave(disk, pages)
            status = forks.begin(subscribed_site, builds=True).wait()
            assert status in {0, REFUSED}, forks.said()
            enlarge(disk, MEGABYTES)
            if status == 0:
                harmless += 1
            else:
                full, harmless = full + 1, 0
                aftermath.check(f"{pages} pages")
        shutil.rmtree(site)
        if harmless == ENOUGH:
            break
    record(
        Trial(
            f"build: {folder or 'everything'} on a full tmpfs, 4 KB more room each time",
            runs=full,
            harm=0,
        )
    )
    assert full >= scaled(20, 1)


@pytest.mark.parametrize("folder", FOLDERS if LONG else ("public", "state"))
def test_a_folder_that_may_not_be_written(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """A read-only mount, which stops root too: one sentence, old feeds to the byte.

    Afterwards the news is announced once.

    For the outputs the defence is the ``except`` of ``output.py:write``. For the state it is
    ``SqliteFile``, which looks first, and ``_CURES`` of ``database/errors.py`` behind it: seen to
    fail, and to tell of a damaged database, without both.
    """
    with read_only(subscribed_site.folder / folder):
        done = publisher("build", "-c", subscribed_site.config_file)
        assert (done.returncode in {1, 2}, "Traceback" in done.stderr) == (True, False), done.stderr
        assert str(subscribed_site.folder / folder) in done.stderr
        assert "damaged" not in done.stderr
        assert aftermath.is_untouched()
    aftermath.check(folder)


@pytest.mark.skipif(not LONG, reason="the share is a read-only mount")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_without_permission(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """The same of a mode, with the same defences, for a process without root's way around it."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("setpriv takes from root what others never had")
    (subscribed_site.folder / folder).chmod(0o555)
    powerless = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-dac_override,-dac_read_search",
    ]
    command = [
        *powerless,
        sys.executable,
        "-m",
        "publisher",
        "build",
        "-c",
        str(subscribed_site.config_file),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode in {1, 2}, "Traceback" in done.stderr) == (True, False), done.stderr
    assert "permission" in done.stderr.lower()
    assert aftermath.is_untouched()
    (subscribed_site.folder / folder).chmod(0o755)
    aftermath.check(folder)


@pytest.mark.parametrize("folder", ["public", "newsletters"] if LONG else ["public"])
def test_a_folder_that_became_a_file(
    subscribed_site: SubscribedSite, aftermath: AfterNews, folder: str
) -> None:
    """The file stays as it is, and one sentence names it.

    Afterwards the news is announced once, or held where the mark was not there.

    The defence is the ``except`` of ``output.py:write``.
    """
    aside = subscribed_site.folder / "aside"
    (subscribed_site.folder / folder).rename(aside)
    (subscribed_site.folder / folder).write_text("a file")
    done = publisher("build", "-c", subscribed_site.config_file)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert str(subscribed_site.folder / folder) in done.stderr
    assert (subscribed_site.folder / folder).read_text() == "a file"
    (subscribed_site.folder / folder).unlink()
    aside.rename(subscribed_site.folder / folder)
    aftermath.check(folder, held=folder == "newsletters")


def test_a_public_folder_that_is_gone_is_written_anew(
    subscribed_site: SubscribedSite, forks: Forks, aftermath: AfterNews
) -> None:
    """Also where no post changed since.

    The defence is that ``feeds/documents.py:Documents`` looks whether each document is there.
    """
    aftermath.check("first")
    before = shown(subscribed_site)
    shutil.rmtree(subscribed_site.folder / "public")
    assert forks.begin(subscribed_site, builds=True).wait() == 0
    assert shown(subscribed_site) == before
