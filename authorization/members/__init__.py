"""People of a host: invited, given a role, let in from outside; API keys, saved views, support's access to data."""
