"""The REST API of `members`."""
