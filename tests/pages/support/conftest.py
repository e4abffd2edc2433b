"""Fixtures of these tests, out of the kit."""

from tests.kit.admin import client, enrolled

__all__ = ["client", "enrolled"]
