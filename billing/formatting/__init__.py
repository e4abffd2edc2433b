"""Formats amounts, numbers, times and reasons for people. Template tags only register these."""
