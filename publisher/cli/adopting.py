"""``publisher adopt``: keep the ids readers know."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.app import now, open_site
from publisher.cli.printing import config_of, console, print_json
from publisher.database.site_state import SiteStateStore
from publisher.errors import Problem
from publisher.posts.feed_ids import match_adopted
from publisher.posts.folder import PostsFolder
from publisher.posts.store import PostStore
from publisher.posts.summary import summarize
from publisher.publishing.adoption import entries_of
from publisher.system.http import read_feed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from publisher.config import Config
    from publisher.database.connection import Transaction
    from publisher.posts.records import Adopted, PostRecord, PostSummary


def adopt_feed(source: str, given: Path | None, *, as_json: bool) -> None:
    """Take over id and date of every entry that matches a post; list what did not match."""
    entries = entries_of(read_feed(source))
    config = config_of(given)
    site = open_site(config)
    facts = _facts(config)
    matched = {
        entry.id for one in facts for entry in [match_adopted(one, entries)] if entry is not None
    }
    with site.database.transaction() as transaction:
        PostStore(transaction).save_adopted(entries)
        _rename_known(transaction, entries)
    missed = [entry for entry in entries if entry.id not in matched]
    if as_json:
        rows = [{"id": entry.id, "title": entry.title, "link": entry.link} for entry in missed]
        print_json({"adopted": len(matched), "unmatched": rows})
        return
    console.print(f"Adopted  {len(matched)} of {len(entries)} entries")
    for entry in missed:
        console.print(f"  no post for: {entry.title or entry.id} ({entry.link})")
    if missed:
        console.print(
            "Cure     Correct posts.url (try 'publisher post show FILE'), then adopt again."
        )
    console.print("Next     publisher build")


def _facts(config: Config) -> list[PostSummary]:
    folder = PostsFolder(config)
    found = []
    for path in folder.scan().stats:
        read = folder.read(path)
        reading = None if isinstance(read, Problem) else folder.understand(read)
        if reading is not None and reading.post is not None:
            found.append(
                summarize(
                    reading.post, reading.body, site_url=config.site.url, preset=config.posts.url
                )
            )
    return found


def _rename_known(transaction: Transaction, entries: Sequence[Adopted]) -> None:
    """Restore the old ids of posts that were catalogued before."""
    changed: list[PostRecord] = []
    taken = {record.feed_id for record in PostStore(transaction).records()}
    for record in PostStore(transaction).records():
        earlier = (
            match_adopted(record.facts, entries)
            if record.facts is not None and record.feed_id
            else None
        )
        if earlier is not None and earlier.id != record.feed_id and earlier.id not in taken:
            date = earlier.published or record.date
            changed.append(
                record._replace(
                    feed_id=earlier.id,
                    date=date,
                    updated=max(filter(None, (record.updated, date)), default=now()),
                )
            )
    if changed:
        PostStore(transaction).update_records(changed)
        SiteStateStore(transaction).save_site_state(
            replace(SiteStateStore(transaction).memory(), feeds_dirty=True)
        )
        SiteStateStore(transaction).increment_revision()
