"""Pages of `visits`."""
