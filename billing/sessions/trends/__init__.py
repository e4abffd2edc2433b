"""How a period went, day by day, and what an outage probably cost."""
