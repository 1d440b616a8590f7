"""Who reads: subscribers, their states, addresses, tokens and tables."""
