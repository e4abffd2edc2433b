"""Webhooks of card processors: received, stored, and given to the room that they concern."""
