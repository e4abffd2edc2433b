"""Fixtures of these tests, out of the kit."""

from tests.kit.guest import station
from tests.kit.guest_charger import site

__all__ = ["site", "station"]
