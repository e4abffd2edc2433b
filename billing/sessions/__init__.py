"""Charging sessions: started, priced, paid, given back and written down."""
