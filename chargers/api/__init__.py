"""The REST API about chargers: their state, messages and commands."""
