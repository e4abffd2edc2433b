"""Fixtures of these tests, out of the kit."""

from tests.kit.callers import more_sessions, paid, rate

__all__ = ["more_sessions", "paid", "rate"]
