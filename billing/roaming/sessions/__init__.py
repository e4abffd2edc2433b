"""Sessions of roaming drivers as OCPI has them, by version; pulled and pushed."""
