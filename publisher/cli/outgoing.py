"""``publisher issues pause | resume | cancel | retry``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import config_of, console, print_json
from publisher.database.site_state import SiteStateStore
from publisher.issues.outgoing import SendControls
from publisher.system.restore_mark import RestoreMark

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.newsletter.issue import IssueRecord
    from publisher.publishing.site import Site


def pause(key: int, given: Path | None, *, as_json: bool) -> None:
    """Stop an issue."""
    site = open_site(config_of(given))
    issue = SendControls(site.state).pause(key)
    _tell(site, issue, as_json=as_json, then=f"publisher issues resume {key}      (or cancel)")


def resume(key: int, given: Path | None, *, as_json: bool) -> None:
    """Let an issue go on."""
    site = open_site(config_of(given))
    issue = SendControls(site.state).resume(key)
    _tell(
        site,
        issue,
        as_json=as_json,
        then="it goes on with the running daemon, or with: publisher run --once",
    )


def cancel(key: int, given: Path | None, *, as_json: bool) -> None:
    """End an issue."""
    site = open_site(config_of(given))
    issue, count = SendControls(site.state).cancel(key, now())
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
    issue, count = SendControls(site.state).retry(key, now(), sends=site.config.sends)
    _tell(
        site,
        issue,
        as_json=as_json,
        count=count,
        then="they go with the running daemon, or with: publisher run --once",
    )


def _tell(
    site: Site, issue: IssueRecord, *, as_json: bool, then: str, count: int | None = None
) -> None:
    with site.state.reading() as transaction:
        memory = SiteStateStore(transaction).memory()
    site.write_mark(RestoreMark(memory.instance, memory.counter))
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
