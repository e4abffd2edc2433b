"""The ledger, what posts to it, and the figures and statements read from it."""
