"""Calls to partners: guarded, correlated, journalled."""
