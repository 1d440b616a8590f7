"""The commands about issues; what they do is in ``editing`` and ``outgoing``."""

from typing import Annotated

import typer

from publisher.cli.main import ConfigOption, JsonOption, issues_app

Issue = Annotated[int, typer.Argument(help="Number of an issue.")]


@issues_app.command("list")
def issues_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List every issue."""
    from publisher.cli.editing import list_issues

    list_issues(config, as_json=as_json)


@issues_app.command("show")
def issues_show(
    issue: Annotated[int, typer.Argument(help="Number of the issue.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one issue as text; one that was only recorded is composed now."""
    from publisher.cli.editing import show_issue

    show_issue(issue, config, as_json=as_json)


Numbers = Annotated[list[int] | None, typer.Argument(help="Numbers of issues.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="All issues held for this reason, such as 'bulk'.")
]


@issues_app.command("release")
def issues_release(
    issues: Numbers = None,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue held or waiting issues now."""
    from publisher.cli.editing import move_issues

    move_issues("release", issues or [], reason, config, as_json=as_json)


@issues_app.command("discard")
def issues_discard(
    issues: Numbers = None,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel held or waiting issues for good."""
    from publisher.cli.editing import move_issues

    move_issues("discard", issues or [], reason, config, as_json=as_json)


@issues_app.command("new")
def issues_new(
    post: Annotated[str, typer.Argument(help="Path of a published post.")],
    again: Annotated[
        bool, typer.Option("--again", help="Also when its news was announced before.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compose an issue of any published post, held for you to release."""
    from publisher.cli.editing import new_issue

    new_issue(post, config, again=again, as_json=as_json)


@issues_app.command("pause")
def issues_pause(issue: Issue, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Stop an issue that is queued or being sent, before its next message."""
    from publisher.cli.outgoing import pause

    pause(issue, config, as_json=as_json)


@issues_app.command("resume")
def issues_resume(issue: Issue, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Let a paused issue go on."""
    from publisher.cli.outgoing import resume

    resume(issue, config, as_json=as_json)


@issues_app.command("cancel")
def issues_cancel(issue: Issue, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """End an issue for good, before its next message."""
    from publisher.cli.outgoing import cancel

    cancel(issue, config, as_json=as_json)


@issues_app.command("retry")
def issues_retry(issue: Issue, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Queue an issue again for those who did not get it."""
    from publisher.cli.outgoing import retry

    retry(issue, config, as_json=as_json)
