"""Refunds that are offered before anybody complains: found as a receipt is issued, within the host's limits."""
