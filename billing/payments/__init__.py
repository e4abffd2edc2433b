"""Holds and charges of payment cards, attempts at refunds, and what is still owed."""
