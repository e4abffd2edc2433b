"""Simulated chargers over real websockets: for the demo, for trials and for tests. Knows nothing of our server."""
