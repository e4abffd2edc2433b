"""Decisions whether a token may charge: loads the facts, runs the chain, stores the trace.

`rules` and `reasons` are pure.
"""
