"""The agents' first page: what waits, what is late, what is broken in many places at once. It only reads."""
