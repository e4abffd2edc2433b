"""Drivers' accounts, their tokens and their payment cards."""
