"""What is installed is what was tested.

The wheel carries its templates and runs in a clean environment.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel once."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_default_templates_and_migrations(wheel: Path) -> None:
    """Without them an installed program composes nothing and opens no state."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for path in (ROOT / "templates").rglob("*.*"):
        assert f"publisher/{path.relative_to(ROOT)}" in names
    assert "publisher/database/migrations/versions/0001_first.py" in names
    assert "publisher/py.typed" in names
    assert not [name for name in names if name.startswith(("tests/", "posts/", "docs/"))]


def test_the_wheel_runs_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Its own files come from the wheel, its libraries from this environment.

    The checkout is out of sight.
    """
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel],
        check=True,
        capture_output=True,
    )
    site_packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    here = sysconfig.get_path("purelib")
    links = subprocess.run(["ls", here], check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    for name in filter(None, links):
        if "publisher" not in name:
            (libraries / name).symlink_to(f"{here}/{name}")
    Path(site_packages, "libraries.pth").write_text(f"{libraries}\n", "utf-8")
    program = tmp_path / "env" / "bin" / "publisher"
    assert (
        subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
        == "publisher 0.1.0\n"
    )
    subprocess.run(
        [program, "init", tmp_path / "site", "--url", "https://example.org"],
        check=True,
        capture_output=True,
        cwd=tmp_path,
    )
    build = [str(program), "build", "-c", str(tmp_path / "site" / "config.toml")]
    done = subprocess.run(build, check=False, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "site" / ".publisher" / "newsletters").glob("*/issue.eml"))
