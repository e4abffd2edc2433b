"""Property management systems: connected and read, with their bookings stored as stays.

Manual stays are in `visits`.
"""
