"""Links by which a companion watches a running session, and can do nothing else."""
