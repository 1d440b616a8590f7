"""One round: from the folder to feeds on disk and issues in the outbox."""
