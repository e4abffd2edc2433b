"""Holds on payment cards and what is still owed."""
