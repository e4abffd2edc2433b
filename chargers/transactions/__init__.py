"""Transactions as chargers report them, and which outlets they occupy. What they cost is billing's."""
