"""Fixtures of these tests, out of the kit."""

from tests.kit.guest import station

__all__ = ["station"]
