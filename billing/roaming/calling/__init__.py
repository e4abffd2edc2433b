"""Calls to partners: guarded, correlated, and recorded in the journal."""
