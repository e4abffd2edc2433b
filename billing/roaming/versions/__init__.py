"""Versions: which we speak, where their modules are, and the same of partners."""
