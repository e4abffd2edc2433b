"""A driver reads what is left of the budget of a charging card."""

import pytest

from authorization.models import TokenGroup
from billing.models import DriverToken
from tests.kit import budgets
from tests.kit.account import at_kims, kim
from tests.kit.drivers import NOW, text_of

__all__ = ["at_kims", "kim"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def card(world, kim):
    DriverToken.objects.create(driver=kim, token=world.member, proof="code", claimed_at=NOW)
    return world.member


def test_it_tells_what_is_left_of_energy_and_money(world, card, at_kims):
    assert "left this month" not in text_of(at_kims.get("/drive/tokens/"))

    budget = budgets.limit(card, kwh=20, stops_sessions=True)
    budgets.use(world.charger, card.uid, wh=7600, at=budgets.this_month())
    text = text_of(at_kims.get("/drive/tokens/"))
    assert "12.400 of 20.000 kWh left this month" in text
    assert "Charging ends when it is used up." in text

    budget.limit_wh, budget.limit_minor, budget.currency = None, 4000, "USD"
    budget.save()
    assert "$40.00 of $40.00 left this month" in text_of(at_kims.get("/drive/tokens/"))


def test_it_tells_a_joint_budget_and_none_where_a_group_has_no_budget(world, card, at_kims):
    budgets.limit(world.group, kwh=100, scope="group")
    text = text_of(at_kims.get("/drive/tokens/"))
    assert "100.000 of 100.000 kWh left this month" in text
    assert "For all cards of your group together." in text

    card.groups.add(TokenGroup.objects.create(host=world.host, slug="staff", name="Staff"))

    assert "left this month" not in text_of(at_kims.get("/drive/tokens/"))
