"""Passwords, certificates and our certificate authority for chargers. Admission is in `handshake`."""
