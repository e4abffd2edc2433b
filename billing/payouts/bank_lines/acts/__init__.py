"""User actions on bank lines."""
