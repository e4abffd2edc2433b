"""Checks of rates, and comparisons of what sessions would have cost. Pure."""
