"""Tokens that providers push and patch, and answer for: stored as the cards of authorization."""
