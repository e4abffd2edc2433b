"""A charger's settings: shown, compared, changed, and checked for conflicts with the portal."""
