"""Sessions of roaming drivers in OCPI, by version; pulled and pushed."""
