"""``publisher issues pause | resume | cancel | retry``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import config_of, console, print_json
from publisher.database.site_state import write_mark
from publisher.issues.outgoing import SendControls

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.app import App
    from publisher.newsletter.issue import IssueRecord


def pause(key: int, given: Path | None, *, as_json: bool) -> None:
    """Stop an issue."""
    site = open_site(config_of(given))
    issue = SendControls(site.database).pause(key)
    _tell(site, issue, as_json=as_json, then=f"publisher issues resume {key}      (or cancel)")


def resume(key: int, given: Path | None, *, as_json: bool) -> None:
    """Resume a paused issue."""
    site = open_site(config_of(given))
    issue = SendControls(site.database).resume(key)
    _tell(
        site,
        issue,
        as_json=as_json,
        then="it goes on with the running daemon, or with: publisher run --once",
    )


def cancel(key: int, given: Path | None, *, as_json: bool) -> None:
    """End an issue."""
    site = open_site(config_of(given))
    issue, count = SendControls(site.database).cancel(key, now())
    _tell(
        site,
        issue,
        as_json=as_json,
        count=count,
        then=f"publisher deliveries list --issue {key}      (who got it all the same)",
    )


def retry(key: int, given: Path | None, *, as_json: bool) -> None:
    """Queue an issue again for those who did not get it."""
    site = open_site(config_of(given))
    issue, count = SendControls(site.database).retry(key, now(), sends=site.config.sends)
    _tell(
        site,
        issue,
        as_json=as_json,
        count=count,
        then="they go with the running daemon, or with: publisher run --once",
    )


def _tell(
    site: App, issue: IssueRecord, *, as_json: bool, then: str, count: int | None = None
) -> None:
    write_mark(site.database, site.mark_file)
    if as_json:
        print_json(
            {
                "id": issue.key,
                "state": str(issue.state),
                "subject": issue.subject,
                "messages": count,
            }
        )
        return
    messages = f" ({count:,} messages)" if count is not None else ""
    console.print(f"Issue {issue.key} {issue.state}: {issue.subject}{messages}")
    console.print(f"Next     {then}")
