"""Our versions, and the URLs of their modules."""
