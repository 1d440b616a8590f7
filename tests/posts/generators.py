"""Hugo and Eleventy run over a site in a temporary folder: which file they write for each post."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from publisher.config import load_config
from publisher.posts.folder import PostsFolder
from publisher.posts.models import SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping


ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = Path(os.environ.get("PUBLISHER_TEST_PEERS", ROOT / ".venv" / "peers"))
"""Where ``make bench`` and ``.ci/run`` put generators; ``bin/hugo`` and
``node_modules/.bin/eleventy`` are looked for."""

_HUGO = """baseURL = "https://example.org/"
title = "A site"
defaultContentLanguage = "en"
disableKinds = ["taxonomy", "term", "RSS", "sitemap"]
security.allowContent = [".*"]
"""
_PAGE = "written for {{ .File.Path | safeHTML }}"


def program(name: str) -> str:
    """Find a generator among the peers or on the path.

    Skip the test, visibly, where there is none.
    """
    places = [
        str(PEERS / "bin" / name),
        str(PEERS / "node_modules" / ".bin" / name),
        shutil.which(name) or "",
    ]
    found = next((place for place in places if place and Path(place).is_file()), None)
    if found is None:
        pytest.skip(f"{name} is neither on the path nor in {PEERS} (PUBLISHER_TEST_PEERS)")
    return found


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write files with their folders."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def by_hugo(site: Path, *, more: str = "", content: str = "content") -> dict[str, str]:
    """Return the output file of every page, by the path of its source below the content folder."""
    templates = {
        "_default/single.html": _PAGE,
        "_default/list.html": "a list",
        "index.html": "home",
    }
    put(
        site,
        {
            "hugo.toml": _HUGO + more,
            **{f"layouts/{name}": text for name, text in templates.items()},
        },
    )
    _run([program("hugo"), "--source", str(site)], site)
    written = {}
    for path in sorted((site / "public").rglob("*")):
        text = path.read_text("utf-8") if path.is_file() else ""
        if text.startswith("written for "):
            written[text.removeprefix("written for ")] = path.relative_to(
                site / "public"
            ).as_posix()
    assert (site / content).is_dir()
    return written


def by_eleventy(site: Path, *, source: str = ".") -> dict[str, str]:
    """Return the output file of every page written, by its source's path below the input folder."""
    config = (
        "export default function () {}\nexport const config = { dir: { input:"
        f" {json.dumps(source)} }} }};\n"
    )
    put(site, {"eleventy.config.js": config, "package.json": '{"type": "module"}'})
    _run([program("eleventy"), "--quiet"], site)
    told = _run([program("eleventy"), "--to=json"], site)
    pages = json.loads(told[told.index("[") :])
    written = {}
    for page in pages:
        if page["outputPath"]:
            path = os.path.relpath(page["inputPath"], source)
            written[path] = os.path.relpath(page["outputPath"], "_site")
            assert (site / "_site" / written[path]).is_file()
    return written


def _run(command: list[str], site: Path) -> str:
    done = subprocess.run(
        command, cwd=site, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def by_us(config_file: Path, below: str = "") -> dict[str, str]:
    """Return the output file that each post's address names, by its path below the content folder.

    Args:
        config_file: Of the program.
        below: The posts folder's own path below the generator's content folder.
    """
    config = load_config(config_file, {})
    folder, named = PostsFolder(config), {}
    for path in folder.scan().stats:
        file = folder.read(path)
        assert isinstance(file, SourceFile)
        post = folder.understand(file).post
        if post is not None:
            assert post.url.startswith(f"{config.site.url}/"), post.url
            where = unquote(urlsplit(post.url.removeprefix(config.site.url)).path).removeprefix("/")
            named[f"{below}/{path}".lstrip("/")] = where + (
                "index.html" if where.endswith("/") or not where else ""
            )
    return named


def configure(site: Path, preset: str, folder: str, more: str = "") -> Path:
    """Write a configuration of the program beside the generator's."""
    text = (
        f'[site]\ntitle = "A site"\nurl = "https://example.org"\n[posts]\nfolder = "{folder}"\nurl'
        f' = "{preset}"\n{more}'
    )
    put(site, {"publisher.toml": text})
    return site / "publisher.toml"


def compare(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Return which posts get another address from us than from the generator, or one it lacks."""
    return [
        f"{path}: we say {where}, it wrote {theirs.get(path)}"
        for path, where in sorted(ours.items())
        if theirs.get(path) != where
    ]
