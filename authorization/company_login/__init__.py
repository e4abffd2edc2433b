"""Logging in by a host's own identity provider (OpenID Connect): set up, asked, and whom it admits."""
