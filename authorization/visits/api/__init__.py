"""The REST API of `visits`."""
