"""The local authorization lists and caches of chargers: planned, sent, kept in step."""
