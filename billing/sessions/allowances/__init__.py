"""The most that a first-line support agent may give away, for each act that gives money away."""
