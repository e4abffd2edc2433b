"""Pages of `pms`."""
