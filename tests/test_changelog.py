"""The changelog and the version agree."""

from __future__ import annotations

import re
import tomllib

from publisher import __version__
from tests.conftest import ROOT


def test_the_newest_entry_of_the_changelog_is_the_version_of_the_package() -> None:
    """What is released is what is described."""
    newest = re.search(
        r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert newest is not None
    assert newest[1] == __version__ == project["version"]
