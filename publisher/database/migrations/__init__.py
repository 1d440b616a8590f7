"""Alembic migrations, run by :mod:`publisher.database.engine`."""

from __future__ import annotations

HEAD = "0003"
"""The newest revision; a test compares it with the versions folder."""
