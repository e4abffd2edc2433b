"""Pages of `roaming`."""
