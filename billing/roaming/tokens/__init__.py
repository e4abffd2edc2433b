"""Tokens that providers push and patch, and are liable for: stored as cards of `authorization`."""
