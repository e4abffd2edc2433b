"""Pushes: update what partners hold to what is published. The current state is pushed, never old messages."""
