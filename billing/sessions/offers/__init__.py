"""Refunds offered before the guest complains: found when a receipt is issued, within the host's limits."""
