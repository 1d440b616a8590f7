"""A body as written becomes safe, absolute, well-formed HTML."""
