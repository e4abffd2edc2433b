"""Locations: public properties in OCPI, by version; pulled and pushed."""
