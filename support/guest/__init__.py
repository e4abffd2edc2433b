"""Pages of people who ask for help: the form, and their request by its link. They need no account and no script."""
