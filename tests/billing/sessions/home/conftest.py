"""Fixtures of these tests, out of the kit."""

from tests.kit.home import contract

__all__ = ["contract"]
