"""The commands about mail on its way and their options.

What they do is in ``outgoing``, ``sending`` and ``ledger``.
"""

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.main import ConfigOption, JsonOption, app

send_app = typer.Typer(
    help="Plan an issue, apply the plan, or send one copy.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
deliveries_app = typer.Typer(
    help="Single messages, with the server's own words.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(send_app, name="send")
app.add_typer(deliveries_app, name="deliveries")

Issue = Annotated[int, typer.Argument(help="Number of an issue.")]


@send_app.command(
    "plan",
    help=(
        "Say who gets an issue, who does not and why, its size, the time at the present limits,"
        " and a hash for 'apply'."
    ),
)
def send_plan(issue: Issue, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print who gets an issue, its size, how long it takes, and a hash for 'apply'."""
    from publisher.cli.sending import show_plan

    show_plan(issue, config, as_json=as_json)


@send_app.command("apply")
def send_apply(
    issue: Issue,
    plan: Annotated[str, typer.Option("--plan", help="Hash that 'send plan' printed.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Release an issue as planned; refused when issue or audience changed since."""
    from publisher.cli.sending import apply_plan

    apply_plan(issue, plan, config, as_json=as_json)


@send_app.command("test")
def send_test(
    issue: Issue,
    address: Annotated[str, typer.Argument(help="Who gets the copy.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send one copy of an issue to any address; nothing is recorded."""
    from publisher.cli.sending import send_copy

    raise typer.Exit(send_copy(issue, address, config, as_json=as_json))


@deliveries_app.command("list")
def deliveries_list(
    issue: Annotated[int, typer.Option(help="Only of this issue.")] = 0,
    state: Annotated[
        str,
        typer.Option(
            help="Only these: queued, sending, sent, written, deferred, failed, unknown, ..."
        ),
    ] = "",
    address: Annotated[str, typer.Option(help="Only to this address.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List messages, newest first, and count those of an issue by state."""
    from publisher.cli.ledger import list_deliveries

    list_deliveries(config, issue=issue, state=state, address=address, most=limit, as_json=as_json)


@deliveries_app.command("show")
def deliveries_show(
    delivery: Annotated[int, typer.Argument(help="Number of a message.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one message: attempts, times, and what the server said."""
    from publisher.cli.ledger import show_delivery

    show_delivery(delivery, config, as_json=as_json)


@deliveries_app.command("resolve")
def deliveries_resolve(
    deliveries: Annotated[
        list[int] | None, typer.Argument(help="Numbers of messages in doubt.")
    ] = None,
    outcome: Annotated[str, typer.Option("--as", help="sent, failed, or resend.")] = "",
    log: Annotated[
        Path | None, typer.Option("--from", help="Postfix log: look all of them up in it.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what became of messages that may or may not have been accepted."""
    from publisher.cli.ledger import resolve

    resolve(deliveries or [], outcome, log, config, as_json=as_json)
