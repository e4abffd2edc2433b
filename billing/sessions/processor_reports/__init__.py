"""What processors report afterwards: events, disputes, reconciliation."""
