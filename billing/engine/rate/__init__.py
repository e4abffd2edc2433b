"""A rate as people write it, read into its typed form; its calendar and windows. Pure."""
