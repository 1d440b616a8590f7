"""Imports what the program itself loads only when it is needed, for processes that fork.

A fork need not load it again.
"""

from __future__ import annotations

import email.headerregistry
import sqlite3

import feedgen.feed
import premailer
import rich.console
import rich.table
import sqlalchemy.dialects.sqlite
import sqlalchemy.exc

import publisher.database.engine
import publisher.delivery.audience_store
import publisher.delivery.claims
import publisher.delivery.progress_store
import publisher.delivery.store
import publisher.delivery.transports.smtp
import publisher.digests.composer
import publisher.digests.store
import publisher.feeds.planner
import publisher.feeds.serialize
import publisher.issues.enqueue
import publisher.markup.render
import publisher.newsletter.composer
import publisher.newsletter.layout
import publisher.posts.parser
import publisher.posts.yaml
import publisher.publishing.commit
import publisher.subscribers.store

LOADED = (
    email.headerregistry, sqlite3, feedgen.feed, premailer, rich.console, rich.table,
    sqlalchemy.dialects.sqlite, sqlalchemy.exc,
    publisher.delivery.transports.smtp, publisher.feeds.serialize, publisher.markup.render,
    publisher.newsletter.layout, publisher.newsletter.composer,
    publisher.digests.composer, publisher.feeds.planner, publisher.issues.enqueue,
    publisher.publishing.commit,
    publisher.posts.yaml, publisher.posts.parser, publisher.database.engine,
    publisher.delivery.claims, publisher.delivery.audience_store,
    publisher.delivery.progress_store, publisher.delivery.store, publisher.digests.store,
    publisher.subscribers.store,
)  # fmt: skip
