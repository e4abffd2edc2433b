"""Incidents: faults shared by several chargers, detected, followed and closed; no pages, and no single faults."""
