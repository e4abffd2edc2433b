"""Guests of bookings: what is included in a stay, and who is paid for the rest."""
