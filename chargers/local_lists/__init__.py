"""Local authorization lists and caches of chargers: planned, sent, synchronised."""
