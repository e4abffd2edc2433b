"""Rates and their assignments: created, resolved for a session, and shown where they apply."""
