"""Fixtures of these tests, out of the kit."""

from tests.kit.launched import launched

__all__ = ["launched"]
