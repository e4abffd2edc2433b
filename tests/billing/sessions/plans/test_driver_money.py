"""Why a driver was charged: everything that took or gave back money, or failed to, with its reason in words."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.sessions.plans import driver_money
from tests.kit.drivers_admin import charged, kim

__all__ = ["kim"]


def test_the_story_of_a_driver_costs_the_same_however_long_it_is(world, kim):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            driver_money.entries(kim)
        return len(captured)

    few = cost()
    for number in range(2, 6):
        charged(world, kim, number=number)

    assert cost() == few <= 14
    assert len(driver_money.entries(kim)) > 15
