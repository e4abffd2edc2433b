"""Charges to payment cards, outstanding amounts, and refund requests to processors."""
