"""Pages of `accounts`."""
