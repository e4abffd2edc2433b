"""Fixtures of these tests, out of the kit."""

from tests.kit.guest import guest, station
from tests.kit.guest_charger import site
from tests.kit.running import now, running
from tests.kit.running import running as charging_car

__all__ = ["charging_car", "guest", "now", "running", "site", "station"]
