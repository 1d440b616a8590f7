"""The life of an issue: held, queued, sending, sent."""
