"""Guests of bookings: what comes with a stay, and who is paid for the rest."""
