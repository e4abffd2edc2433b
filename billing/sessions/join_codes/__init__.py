"""Codes by which residents and staff join a host, and those who used one; cards and groups are authorization's."""
