"""Availability of chargers: spans of their states, outages, and which of them count."""
