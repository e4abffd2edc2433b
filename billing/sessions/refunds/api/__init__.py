"""The API of refunds."""
