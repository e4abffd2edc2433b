"""What a rate may get wrong, and what it would have made of sessions. Pure."""
