"""Passwords, certificates and our certificate authority for chargers. Authentication is in `handshake`."""
