"""Acts on rates and their assignments."""
