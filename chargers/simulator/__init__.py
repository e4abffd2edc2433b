"""Simulated chargers over real websockets: for the demo, trials and tests. Independent of our server's code."""
