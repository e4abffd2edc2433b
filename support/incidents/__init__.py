"""Incidents: faults that several chargers have in common, found, followed and closed; no pages, and no single fault."""
