"""Acts on documents."""
