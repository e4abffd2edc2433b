"""Visitors: rate limits for what costs something, and the texts that they read about a session."""
