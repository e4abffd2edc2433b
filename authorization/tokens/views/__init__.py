"""Pages of `tokens`."""
