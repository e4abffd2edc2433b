"""Quantities, durations and states of chargers as people read them. Template tags only register these."""
