"""Pushes: what partners hold, brought to what is published; state, and never old messages."""
