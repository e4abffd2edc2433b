"""Sums by day of postings, sessions and starts, made from them, and which part of a span they answer."""
