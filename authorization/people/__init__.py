"""Members of a host, their roles and rights; accounts, addresses and rate limits."""
