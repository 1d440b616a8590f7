"""One way to SQLite and PostgreSQL: opened, migrated, locked, copied."""
