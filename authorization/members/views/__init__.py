"""Pages of `members`."""
