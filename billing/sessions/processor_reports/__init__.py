"""Later reports of processors: events, disputes, reconciliation."""
