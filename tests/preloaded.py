"""Loads what the program itself loads only when it is needed, for processes that fork.

A fork need not load it again.
"""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "email.headerregistry",
    "feedgen.feed",
    "premailer",
    "publisher.database.engine",
    "publisher.delivery.audience_store",
    "publisher.delivery.claims",
    "publisher.delivery.progress_store",
    "publisher.delivery.store",
    "publisher.delivery.transports.smtp",
    "publisher.digests.composer",
    "publisher.digests.store",
    "publisher.feeds.planner",
    "publisher.feeds.serialize",
    "publisher.issues.enqueue",
    "publisher.markup.render",
    "publisher.newsletter.composer",
    "publisher.newsletter.layout",
    "publisher.posts.parser",
    "publisher.posts.yaml",
    "publisher.publishing.commit",
    "publisher.subscribers.store",
    "rich.console",
    "rich.table",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.exc",
    "sqlite3",
)


def preload(*more: str) -> None:
    """Import all of it, and more."""
    for name in (*MODULES, *more):
        import_module(name)
