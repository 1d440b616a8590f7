"""When digests go, what they carry, and how they are composed."""
