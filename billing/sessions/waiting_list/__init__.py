"""“Tell me when it is free”: who waits for a charger, whose turn it is, and for whom it is held."""
