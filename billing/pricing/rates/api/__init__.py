"""The API of rates."""
