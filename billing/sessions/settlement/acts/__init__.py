"""Acts on held and corrected sessions, and support's overrides."""
