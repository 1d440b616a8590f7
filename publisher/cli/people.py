"""The commands about subscribers and their options.

What they do is in ``subscribers`` and ``importing``.
"""

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.main import ConfigOption, JsonOption, subscribers_app

Address = Annotated[str, typer.Argument(help="A mail address.")]
ConsentOption = Annotated[
    str,
    typer.Option("--consent", help="How consent was given; kept with each person it counts for."),
]


@subscribers_app.command("add")
def subscribers_add(
    address: Address,
    name: Annotated[str, typer.Option(help="For the address line.")] = "",
    cadence: Annotated[
        str, typer.Option(help="'every post', daily, weekly or monthly.")
    ] = "every post",
    tags: Annotated[
        str, typer.Option(help="Only posts with one of these, separated by commas.")
    ] = "",
    consent: ConsentOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add one person: active at once with --consent, else asked by a confirm mail."""
    from publisher.cli.subscribers import add

    add(address, config, name=name, cadence=cadence, tags=tags, consent=consent, as_json=as_json)


@subscribers_app.command("list")
def subscribers_list(
    state: Annotated[
        str, typer.Option(help="Only these: pending, active, unsubscribed, bounced or complained.")
    ] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count the list, and show people."""
    from publisher.cli.subscribers import list_people

    list_people(config, state=state, most=limit, as_json=as_json)


@subscribers_app.command("show")
def subscribers_show(
    address: Address, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show everything that is known of one person."""
    from publisher.cli.subscribers import show

    show(address, config, as_json=as_json)


@subscribers_app.command("import")
def subscribers_import(
    file: Annotated[Path, typer.Argument(help="CSV, as the well-known services export it.")],
    consent: ConsentOption = "",
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show how columns are understood and what would happen."),
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Where refused rows are listed.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring in a list that another service exported; who left there stays away."""
    from publisher.cli.importing import import_file

    raise typer.Exit(
        import_file(file, config, consent=consent, dry_run=dry_run, report=report, as_json=as_json)
    )


@subscribers_app.command("export")
def subscribers_export(config: ConfigOption = None) -> None:
    """Print the whole list as CSV."""
    from publisher.cli.importing import export

    export(config)


@subscribers_app.command("remove")
def subscribers_remove(address: Address, config: ConfigOption = None) -> None:
    """Delete one person's row and history."""
    from publisher.cli.subscribers import remove

    remove(address, config)


@subscribers_app.command("forget")
def subscribers_forget(address: Address, config: ConfigOption = None) -> None:
    """Erase a person; a keyed hash keeps imports from bringing them back."""
    from publisher.cli.subscribers import forget

    forget(address, config)


@subscribers_app.command("suppress")
def subscribers_suppress(address: Address, config: ConfigOption = None) -> None:
    """Unsubscribe an address for good: no import lifts it."""
    from publisher.cli.subscribers import suppress

    suppress(address, config)


@subscribers_app.command("form")
def subscribers_form(
    next_page: Annotated[
        str,
        typer.Option("--next", help="Where to go afterwards; its origin must be in web.origins."),
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Print a form for any page of any site."""
    from publisher.cli.subscribers import form

    form(config, next_page=next_page)
