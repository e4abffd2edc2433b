"""Fixtures of these tests, out of the pages' ones."""

from tests.pages.conftest import world

__all__ = ["world"]
