"""A host's own tokens: search, import, groups, revocation, and where they work."""
