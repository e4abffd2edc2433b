"""Amounts, quantities and the facts of one session: the values that prices are computed with. Pure."""
