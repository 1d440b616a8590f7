"""Where messages are handed over: a relay, or a maildir."""
