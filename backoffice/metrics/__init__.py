"""Prometheus metrics at `/metrics`: counts and times of all processes, and the state of the database and queues."""
