"""The REST API about chargers: how they are, their messages, and commands."""
