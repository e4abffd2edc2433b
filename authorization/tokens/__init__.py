"""A host's own tokens: found, imported, grouped, revoked, and where they work."""
