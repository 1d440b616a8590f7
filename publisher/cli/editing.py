"""``publisher issues``: the editor's desk on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import (
    ago,
    config_of,
    console,
    print_issue_lines,
    print_json,
    table,
    why_not_yet,
)
from publisher.errors import UsageError
from publisher.newsletter.branding import pages_of_nobody
from publisher.newsletter.issue import HoldReason, IssueState
from publisher.newsletter.placeholders import Placeholders
from publisher.publishing.report import issue_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from publisher.newsletter.issue import IssueLine


def list_issues(given: Path | None, *, as_json: bool) -> None:
    """Print every issue."""
    lines = open_site(config_of(given)).issue_service().issues()
    if as_json:
        print_json({"issues": [issue_json(line) for line in lines]})
        return
    if not lines:
        console.print("No issues yet: the first post you publish from now on makes one.")
        return
    rows = table("issue", "state", "why", "subject", "made")
    instant = now()
    for line in lines:
        issue = line.issue
        rows.add_row(
            str(issue.key),
            str(issue.state),
            str(issue.reason or ""),
            issue.subject,
            ago(issue.created, instant),
        )
    console.print(rows)
    for line in lines:
        if line.page or line.said:
            console.print(f"Issue {line.issue.key}  {why_not_yet(line, instant)}")
    console.print(_next_step(lines))


def _next_step(lines: Sequence[IssueLine]) -> str:
    held = next(
        (
            line.issue.key
            for line in reversed(lines)
            if line.issue.state in {IssueState.HELD, IssueState.WAITING}
        ),
        None,
    )
    if held is None:
        return "Nothing waits for you."
    return (
        f"Next     publisher issues show {held}, then publisher issues release {held}      (or"
        " discard)"
    )


def show_issue(key: int, given: Path | None, *, as_json: bool) -> None:
    """Print one issue as text."""
    config = config_of(given)
    line, content = open_site(config).issue_service().show(key, now())
    web_view = (
        f"{config.web_url}/issues/{line.issue.public}"
        if config.web.url is not None
        else line.page or f"{config.site.url}/"
    )
    placeholders, own = Placeholders(content.mark), pages_of_nobody(config, web_view)
    html, text = placeholders.fill(content.html, own), placeholders.fill(content.text, own)
    if as_json:
        words = {"preheader": content.preheader, "html": html, "text": text}
        print_json({**issue_json(line), **words})
        return
    print_issue_lines([line])
    if line.page:
        console.print(f"Page     {why_not_yet(line, now())}")
    console.print(f"File     {line.path}\n")
    console.print(text)


def move_issues(
    what: str, keys: Sequence[int], reason: str, given: Path | None, *, as_json: bool
) -> None:
    """Release or discard issues, by number or by the reason they are held for.

    Raises:
        UsageError: Neither or both were given, or the reason is none.
    """
    if bool(keys) == bool(reason):
        raise UsageError(
            "Name issues by number, or give --reason.",
            cure=f"For example: publisher issues {what} 3",
        )
    chosen = _reason(reason) if reason else None
    desk = open_site(config_of(given)).issue_service()
    lines = desk.release(keys, chosen, now()) if what == "release" else desk.discard(keys, chosen)
    _print(lines, as_json=as_json)


def new_issue(post: str, given: Path | None, *, again: bool, as_json: bool) -> None:
    """Compose an issue of any published post."""
    line = open_site(config_of(given)).issue_service().new(post, now(), again=again)
    _print([line], as_json=as_json)
    if not as_json:
        console.print(f"Release  publisher issues release {line.issue.key}")


def _reason(text: str) -> HoldReason:
    try:
        return HoldReason(text)
    except ValueError as error:
        known = ", ".join(f"'{reason}'" for reason in HoldReason)
        raise UsageError(f"{text!r} is no reason.", cure=f"Known are {known}.") from error


def _print(lines: Sequence[IssueLine], *, as_json: bool) -> None:
    if as_json:
        print_json({"issues": [issue_json(line) for line in lines]})
    else:
        print_issue_lines(lines)
