"""Holds on payment cards: their amount, their limit, and who sets both."""
