"""The documentation names every configuration key and command, and the sample holds every key."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from publisher.cli.commands import app
from publisher.config import Config, load_config
from publisher.config.load import _all_keys
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFERENCE = ROOT / "docs" / "reference"
PACKAGE = ROOT / "publisher"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)*(?!publisher\.sql)\w+\.(?:py|sql))\b[^`]*`")
NAMED_PLACE = re.compile(r"`((\w+)(?:/\w+)+)/?`")
NAMED_CODE = re.compile(r":\w+:`[~.]?([\w.]+)`|`(publisher(?!\.(?:toml|db|sql)`)(?:\.\w+)+)`")


def _commands(command: Any, name: str = "publisher") -> dict[str, Any]:
    found = {name: command}
    for child, inner in getattr(command, "commands", {}).items():
        found |= _commands(inner, f"{name} {child}")
    return found


@pytest.mark.parametrize(("section", "key"), sorted(_all_keys()))
def test_every_configuration_key_is_documented(section: str, key: str) -> None:
    """A key that cannot be looked up does not exist for its user."""
    text = (REFERENCE / "configuration.md").read_text("utf-8")
    part = re.search(rf"^## \[{section}\]\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert part is not None, f"docs/reference/configuration.md has no section [{section}]"
    assert f"`{key}`" in part[1], f"docs/reference/configuration.md does not name {section}.{key}"


@pytest.mark.parametrize(("section", "key"), sorted(_all_keys()))
def test_every_configuration_key_is_in_the_sample_configuration(section: str, key: str) -> None:
    """Set, or commented with its default."""
    text = (ROOT / "config.toml").read_text("utf-8")
    part = re.search(rf"^\[{section}\].*?\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    assert part is not None
    assert re.search(rf"^(?:# )?{key} = ", part[1], re.MULTILINE), (
        f"config.toml does not show {section}.{key}"
    )


def test_the_defaults_in_the_sample_configuration_are_the_defaults() -> None:
    """Uncommenting a line changes nothing, unless it says that it is an example."""
    text = (ROOT / "config.toml").read_text("utf-8")
    examples = {
        "url",
        "section",
        "require",
        "reply_to",
        "from",
        "host",
        "email",
        "password_file",
        "return_path",
    }
    lines = [
        (
            re.sub(r"^# ", "", line)
            if (key := re.match(r"# (\w+) = ", line)) and key[1] not in examples
            else line
        )
        for line in text.splitlines()
    ]
    uncommented = tomllib.loads("\n".join(lines))
    plain = Config.model_validate({**tomllib.loads(text), "path": ROOT / "config.toml"})
    assert Config.model_validate({**uncommented, "path": ROOT / "config.toml"}) == plain


def test_the_sample_configuration_loads() -> None:
    """It is what ``make demo`` runs on."""
    assert load_config(ROOT / "config.toml", {}).site.title == "Small Distances"


@pytest.mark.parametrize("name", sorted(_commands(typer.main.get_command(app))))
def test_every_command_and_option_is_documented(name: str) -> None:
    """``docs/reference/commands.md`` names each command and each of its options."""
    text = (REFERENCE / "commands.md").read_text("utf-8")
    command = _commands(typer.main.get_command(app))[name]
    assert f"`{name}" in text, f"docs/reference/commands.md does not name {name}"
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in text, (
                    f"docs/reference/commands.md does not name {option} of {name}"
                )


def test_every_route_is_documented() -> None:
    """``docs/reference/web.md`` names each route of the application."""
    from publisher.web import api, feed_files, health, public_pages

    text = (ROOT / "docs" / "reference" / "web.md").read_text("utf-8")
    routes = {
        route.path
        for module in (public_pages, api, health, feed_files)
        for route in module.router.routes
    }
    assert len(routes) > 10
    missing = {path for path in routes if f"{path.replace(':path', '')}`" not in text}
    assert not missing


@cache
def _names_of(module: Path) -> frozenset[str]:
    """Return every name that a module binds: imports, definitions, attributes."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=given):
                names.add(given or name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                names.add(name)
            case _:
                pass
    return frozenset(names)


def _is_there(name: str, module: Path | None) -> bool:
    """Return whether a dotted name, or a bare one in a module's own docstring, is anything."""
    parts = name.split(".")
    if parts[0] != "publisher":
        return module is not None and _names_of(module).issuperset(parts)
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if file.is_file():
            return _names_of(file).issuperset(parts[length:])
    return False


def _lost(text: str, folder: Path, module: Path | None = None) -> Iterator[str]:
    """Yield the files, modules and names that a text speaks of and that are not there."""
    bases = (ROOT, PACKAGE, ROOT / "templates", folder)
    for match in NAMED_FILE.finditer(text):
        if not any((base / match[1]).is_file() for base in bases):
            yield match[1]
    for match in NAMED_PLACE.finditer(text):
        if (PACKAGE / match[2]).is_dir() and not any(
            (base / f"{match[1]}{ending}").exists() for base in bases for ending in ("", ".py")
        ):
            yield match[1]
    for match in NAMED_CODE.finditer(text):
        if not _is_there(match[1] or match[2], module):
            yield match[1] or match[2]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_what_is_there(page: Path) -> None:
    """A reader who follows a path of a page comes to a file."""
    assert [*_lost(page.read_text("utf-8"), page.parent)] == []


def test_docstrings_and_comments_name_only_what_is_there() -> None:
    """A module that was moved takes its name in other modules' words with it."""
    lost = {
        f"{module.relative_to(ROOT)}: {name}"
        for module in PACKAGE.rglob("*.py")
        for name in _lost(module.read_text("utf-8"), module.parent, module)
    }
    assert lost == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """Links to files of this repository; other sites are not asked."""
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
