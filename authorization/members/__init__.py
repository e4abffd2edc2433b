"""A host's members: invitations, roles, outsiders' access; API keys, saved views, support's access to personal data."""
