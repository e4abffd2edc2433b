"""A rate as people write it, parsed into its typed form; its calendar and windows. Pure."""
