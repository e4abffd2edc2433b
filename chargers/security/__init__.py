"""Passwords, certificates and our certificate authority for chargers. Who is admitted: `handshake`."""
