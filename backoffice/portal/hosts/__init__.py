"""Hosts themselves: added, and their company data."""
