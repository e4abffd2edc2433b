"""Alerts: incidents as they begin and end, the notices that rules ask for, and reports by mail."""
