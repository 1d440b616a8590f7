"""Messages sent by any number of workers that are told by jobs."""
