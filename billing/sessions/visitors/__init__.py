"""Guests as such: how often they may do what costs something, and what they read of a session."""
