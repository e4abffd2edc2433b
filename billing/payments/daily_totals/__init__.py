"""Sums by day of postings, sessions and starts, and which part of a span they cover."""
