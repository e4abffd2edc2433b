"""Holds on payment cards, attempts at refunds, and what is still owed."""
