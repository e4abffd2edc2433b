"""Members of a host, their roles and what they see; accounts, addresses and rate limits."""
