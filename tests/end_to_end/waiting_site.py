"""A site that sends once the pages of its posts are up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publisher.newsletter.issue import HoldReason, IssueState
from tests.end_to_end.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from publisher.publishing.report import Report
    from tests.page_server import PageServer


SENDS = (
    '[newsletter]\nfrom = "A site <mail@example.org>"\nwait_for_page ='
    ' {waits}\n[delivery]\ntransport = "{transport}"\n[smtp]\nhost = "127.0.0.1"\nport = 1\ntls ='
    ' "none"\n[web]\nurl = "https://news.example.org"\n'
)
POST = "---\ntitle: {title}\ndate: 2026-03-02\n{more}---\nWords of {title}.\n"


def site_that_sends(
    folder: Path, server: PageServer, *, more: str = "", transport: str = "smtp", waits: bool = True
) -> Site:
    """A site that sends, built once, with one old post."""
    site = Site(
        folder,
        url=server.url,
        more=SENDS.format(waits=str(waits).lower(), transport=transport) + more,
    )
    site.write("old.md", "---\ntitle: Old\ndate: 2020-01-01\n---\nOld words.\n")
    site.build()
    site.later(hours=1)
    return site


def publish(site: Site, title: str = "News", more: str = "", **options: bool) -> Report:
    """Write a post and do a round."""
    site.write(f"{title.lower()}.md", POST.format(title=title, more=more))
    return site.build(**options)


def issue_states(report: Report) -> list[tuple[IssueState, HoldReason | None]]:
    """Return the issues that a round tells of, each with its state and reason."""
    return [(line.issue.state, line.issue.reason) for line in report.issues]


WAITS = [(IssueState.WAITING, HoldReason.PAGE_MISSING)]
QUEUED = [(IssueState.QUEUED, None)]
