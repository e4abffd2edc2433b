"""Trends of a period, day by day, and the probable cost of an outage."""
