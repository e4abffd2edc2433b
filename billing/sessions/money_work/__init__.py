"""Money that waits for a person, as lists."""
