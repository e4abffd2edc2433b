"""Alerts: incidents as they begin and end, notices according to rules, and reports by mail."""
