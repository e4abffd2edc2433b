"""The API of bank lines."""
