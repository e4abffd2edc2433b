"""Credentials: registering in both directions, rotation, unregistering; by version."""
