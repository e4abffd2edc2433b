"""Formats quantities, durations and states of chargers for display. Template tags only register these."""
