"""Pages of `asking` for guests and drivers."""
