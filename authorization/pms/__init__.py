"""Property management systems: connected, read, and their bookings kept as stays. Stays by hand are in `visits`."""
