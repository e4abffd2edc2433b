"""Rates and their assignments: made, resolved for a session, shown where they apply."""
