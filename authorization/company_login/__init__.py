"""Logging in by a host's own identity provider (OpenID Connect): its setup, the protocol, and whom it admits."""
