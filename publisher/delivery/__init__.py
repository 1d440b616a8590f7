"""Messages on their way: one delivery for each recipient, from queued to its end."""
