"""Paying hosts: what is owed, what is sent, what the bank says, and what is written about it."""
