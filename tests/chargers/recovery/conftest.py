"""Fixtures of these tests, out of the kit: chargers with a password."""

from tests.kit.connected import charger

__all__ = ["charger"]
