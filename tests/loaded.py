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

import publisher.delivery.smtp
import publisher.feeds.render
import publisher.markup.render
import publisher.newsletter.compose
import publisher.pipeline.composing
import publisher.pipeline.digesting
import publisher.pipeline.feeding
import publisher.pipeline.freezing
import publisher.pipeline.recording
import publisher.source.any_yaml
import publisher.source.read
import publisher.storage.engine
import publisher.storage.ledger
import publisher.storage.tables

LOADED = (
    email.headerregistry, sqlite3, feedgen.feed, premailer, rich.console, rich.table,
    sqlalchemy.dialects.sqlite, sqlalchemy.exc,
    publisher.delivery.smtp, publisher.feeds.render, publisher.markup.render,
    publisher.newsletter.compose, publisher.pipeline.composing,
    publisher.pipeline.digesting, publisher.pipeline.feeding, publisher.pipeline.freezing,
    publisher.pipeline.recording,
    publisher.source.any_yaml, publisher.source.read, publisher.storage.engine,
    publisher.storage.ledger, publisher.storage.tables,
)  # fmt: skip
