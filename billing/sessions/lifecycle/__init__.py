"""Charging sessions from start to end, and what is shown or expires meanwhile. Prices belong to `settlement`."""
