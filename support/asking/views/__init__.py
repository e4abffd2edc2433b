"""Pages of `asking`."""
