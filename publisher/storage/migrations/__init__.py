"""Alembic migrations, run by :mod:`publisher.storage.engine`."""

HEAD = "0003"
"""The newest revision; a test compares it with the versions folder."""
