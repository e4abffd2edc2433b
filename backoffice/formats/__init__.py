"""Default formats of values on pages."""
