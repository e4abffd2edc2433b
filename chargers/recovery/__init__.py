"""The safe ladder for chargers in trouble: steps, their order, and what helped. It decides nothing else."""
