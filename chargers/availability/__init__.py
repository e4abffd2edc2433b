"""How much of the time a charger could be used: spans of its states, outages, and which of them count."""
