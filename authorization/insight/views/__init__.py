"""Pages of `insight`."""
