"""Locations: public properties as OCPI has them, by version; pulled and pushed."""
