"""What each generator's posts look like: keys, flags, addresses, configuration files."""
