"""Fixtures of these tests, out of the kit."""

from tests.pages.conftest import client_of, world

__all__ = ["client_of", "world"]
