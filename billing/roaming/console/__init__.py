"""Agents' pages to connect partners, check connections, and debug exchanges."""
