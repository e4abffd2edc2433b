"""Amounts, quantities and the facts of one session: what a price is computed from and in. Pure."""
