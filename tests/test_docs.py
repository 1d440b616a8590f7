"""The documentation names every configuration key and command, and the sample holds every key."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
import typer.main

from publisher.cli.commands import app
from publisher.config import Config, load_config
from publisher.config.load import _all_keys
from tests.conftest import ROOT

REFERENCE = ROOT / "docs" / "reference"


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
