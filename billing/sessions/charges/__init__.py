"""Charges of payment cards, what is still owed, and refunds as processors are asked for them."""
