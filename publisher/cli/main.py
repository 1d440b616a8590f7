"""The commands and their options; what they do is in the modules beside this one.

Annotations are no texts here and in ``mail`` and ``people``: Typer reads those of every command,
and had each compiled twice.
"""

from pathlib import Path
from typing import Annotated

import typer

from publisher import __version__

app = typer.Typer(
    name="publisher",
    help=(
        "Point it at a folder of posts: valid feeds stay up to date, and every post you publish"
        " becomes a newsletter."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
issues_app = typer.Typer(
    help="Look at issues of the newsletter, release or discard them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
post_app = typer.Typer(
    help="See how a file is understood.", no_args_is_help=True, rich_markup_mode=None
)
subscribers_app = typer.Typer(
    help="The people on the list.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(issues_app, name="issues")
app.add_typer(post_app, name="post")
app.add_typer(subscribers_app, name="subscribers")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Configuration file; publisher.toml or config.toml in this folder when absent.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _version(value: bool) -> None:
    if value:
        typer.echo(f"publisher {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Read the options that stand before a command."""


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the site.")] = Path(),
    preset: Annotated[
        str, typer.Option("--from", help="Generator of an existing site; recognised when absent.")
    ] = "",
    url: Annotated[str, typer.Option(help="Address of the site.")] = "",
    title: Annotated[str, typer.Option(help="Name of the site.")] = "",
    zone: Annotated[str, typer.Option(help="IANA time zone; the machine's when absent.")] = "",
) -> None:
    """Start a site, or write publisher.toml beside an existing one."""
    from publisher.cli.starting import start

    start(folder, preset=preset, url=url, title=title, zone=zone)


@app.command()
def adopt(
    source: Annotated[str, typer.Argument(help="File or address of the feed the site had before.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take over ids and dates from the RSS or Atom feed a site had before it moved here."""
    from publisher.cli.adopting import adopt_feed

    adopt_feed(source, config, as_json=as_json)


@app.command(
    help=(
        "Say everything that is wrong in configuration, posts, addresses, pictures and templates;"
        " write nothing."
    )
)
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print everything that is wrong in a site, and write nothing."""
    from publisher.cli.checking import check_site

    raise typer.Exit(check_site(config, as_json=as_json))


@app.command()
def build(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide and report, write nothing.")
    ] = False,
    accept_deletions: Annotated[
        bool, typer.Option("--accept-deletions", help="What vanished was meant to go.")
    ] = False,
    accept_hidden: Annotated[
        bool,
        typer.Option(
            "--accept-hidden",
            help="What a new version or setting takes out of the feeds is meant to go.",
        ),
    ] = False,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="The clock is right.")
    ] = False,
) -> None:
    """Bring feeds and issues up to the posts folder, once."""
    from publisher.cli.building import build_once

    options = {
        "dry_run": dry_run,
        "accept_deletions": accept_deletions,
        "accept_hidden": accept_hidden,
        "accept_clock": accept_clock,
    }
    raise typer.Exit(build_once(config, as_json=as_json, **options))


@app.command()
def run(
    config: ConfigOption = None,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="Scan, write, queue, send what is due, and exit: for cron and CI."
        ),
    ] = False,
    within: Annotated[
        str, typer.Option("--for", help="With --once: go on trying for so long, such as 20m.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Watch the folder and publish, until stopped."""
    if not once:
        from publisher.cli.running import run_daemon

        raise typer.Exit(run_daemon(config))
    from publisher.cli.once import run_once

    raise typer.Exit(run_once(config, as_json=as_json, within=within))


@app.command(
    help=(
        "Serve the web side and the feeds, and deliver confirm mails, until stopped; 'run' does it"
        " too when web.url is set."
    )
)
def serve(config: ConfigOption = None) -> None:
    """Serve the web side and the feeds, and deliver confirm mails, until stopped."""
    from publisher.cli.serving import serve as serve_site

    raise typer.Exit(serve_site(config))


@app.command(
    help=(
        "Send issues that 'run' queued, beside any number of others on any number of machines,"
        " until stopped."
    )
)
def worker(config: ConfigOption = None) -> None:
    """Send issues that 'run' queued, beside any number of others, until stopped."""
    from publisher.cli.working import work

    raise typer.Exit(work(config))


@app.command(
    help=(
        "Write database, keys and mark into one archive, as they are at one instant, beside"
        " whatever is running."
    )
)
def backup(
    file: Annotated[
        Path | None,
        typer.Argument(
            help=(
                "Archive to write, or a folder for it; publisher-backup-DATE.tar.gz in this folder"
                " when absent."
            )
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an archive of this name.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write database, keys and mark into one archive, as they are at one instant."""
    from publisher.cli.backing_up import back_up_site

    back_up_site(file, config, force=force, as_json=as_json)


@app.command(
    help=(
        "Show posts by status, feeds and their age, issues and why any is held, and what comes"
        " next; exit 1 where the daemon is unwell."
    )
)
def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show posts, feeds and issues, and what comes next; exit 1 where the daemon is unwell."""
    from publisher.cli.showing import show_status

    raise typer.Exit(show_status(config, as_json=as_json))


@post_app.command("show")
def post_show(
    path: Annotated[str, typer.Argument(help="A file of the posts folder.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a file is understood, field by field, and where each value came from."""
    from publisher.cli.showing import show_post

    raise typer.Exit(show_post(path, config, as_json=as_json))
