"""The safe ladder for chargers in trouble: what is tried, in which order, and what helped. It decides nothing else."""
