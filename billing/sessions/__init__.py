"""Charging sessions: started, priced, paid, refunded and documented."""
