"""Write from the code what pages and files repeat of it.

These are ``docs/reference/configuration.md``, ``docs/reference/commands.md`` and
``publisher/database/schema.sql``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer.main

from publisher.cli.commands import app
from publisher.config import Config
from publisher.config.load import _section_model
from publisher.database import sqlite
from publisher.database.engine import sqlite_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = Path(__file__).parent / "reference"

CONFIGURATION = """# Configuration

One TOML file: the one given with `--config`, else `publisher.toml`, else `config.toml` in the \
current folder. Only `site.title` and
`site.url` have no default. Relative paths are relative to the file. An unknown key or a wrong \
value is an error that names the key,
what was found and what is allowed.

Every key can be overridden by the environment: `PUBLISHER_SITE__URL`, `PUBLISHER_STATE__URL`. \
Lists are written as in TOML.
Durations are seconds, or a number with `s`, `m`, `h`, `d` or `w`: `"5m"`.
"""

COMMANDS = """# Commands

Exit status: 0 done; 1 done, but some posts were refused (`status`: or the daemon is unwell);
2 wrong usage or configuration; 3 another `run` holds the state.
Every command works beside a running daemon. `--json` prints one JSON object instead of text.
"""


def _configuration() -> Iterator[str]:
    yield CONFIGURATION
    for name in Config.model_fields:
        section = _section_model(name)
        if section is None:
            continue
        yield (
            f"## [{name}]\n\n{(section.__doc__ or '').strip()}\n\n| key | default | what"
            " |\n|---|---|---|"
        )
        for field, info in section.model_fields.items():
            default = (
                "required"
                if info.is_required()
                else f"`{_default(info.get_default(call_default_factory=True))}`"
            )
            yield (
                f"| `{info.alias or field}` | {default} |"
                f" {(info.description or '').replace('|', '/')} |"
            )
        yield ""


def _default(value: object) -> str:
    if hasattr(value, "total_seconds"):
        return f"{value.total_seconds():g}s"
    return (
        str(value).lower()
        if isinstance(value, bool)
        else repr(value)
        if isinstance(value, str)
        else str(value)
    )


def _commands(command: Any, name: str) -> Iterator[str]:
    arguments = " ".join(
        (p.name or "").upper() for p in command.params if p.param_type_name == "argument"
    )
    yield f"## `{name}{' ' + arguments if arguments else ''}`\n\n{(command.help or '').strip()}\n"
    rows = [p for p in command.params if p.opts and p.opts[0] != "--help"]
    if rows:
        yield "| option | what |\n|---|---|"
        for parameter in rows:
            words = (
                parameter.opts
                if parameter.param_type_name == "option"
                else [(parameter.name or "").upper()]
            )
            yield (
                f"| {', '.join(f'`{word}`' for word in words)} |"
                f" {getattr(parameter, 'help', '') or ''} |"
            )
        yield ""
    for child, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{name} {child}")


def main() -> None:
    """Write both pages, and the tables of a new SQLite file."""
    REFERENCE.mkdir(exist_ok=True)
    (REFERENCE / "configuration.md").write_text("\n".join(_configuration()), "utf-8")
    commands = typer.main.get_command(app)
    (REFERENCE / "commands.md").write_text(
        COMMANDS + "\n" + "\n".join(_commands(commands, "publisher")), "utf-8"
    )
    Path(sqlite.__file__).with_name("schema.sql").write_text(sqlite_schema(), "utf-8")


if __name__ == "__main__":
    main()
