"""Amounts, numbers, times and reasons as people read them. Template tags only register these."""
