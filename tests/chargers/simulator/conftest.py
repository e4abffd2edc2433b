"""Chargers with a password, as they connect to a gateway."""

from tests.kit.connected import charger, other_charger

__all__ = ["charger", "other_charger"]
