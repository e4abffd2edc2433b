"""What may be worth giving back of a receipt, with the evidence. Nothing is given back here."""

import pytest

from billing.models import RateVersion
from chargers.models import Property
from tests.kit import charging
from tests.kit.refunds_pages import paid, text_of

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
SAID = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}


def test_it_suggests_the_connection_fee_of_a_restart(world, paid, client_of):
    """At a rate that takes the fee each time; else the price engine waives it by itself."""
    RateVersion.objects.update(definition=charging.PLAIN | {"connection_restart_min": 0})
    again = charging.guest(world.charger, at=paid.stopped_at)

    text = text_of(client_of(world.owner).get(f"/sessions/{again.pk}/refund/"))

    assert "a restart within 30 minutes is one connection" in text
    assert 'href="?lines=connection&amp;reason=charged_twice"' in text
    assert "Warnings" not in text_of(client_of(world.owner).get(f"/sessions/{paid.pk}/refund/"))


def test_it_gives_back_the_price_of_charging_time(world, client_of):
    Property.objects.update(access="guest")
    timed = charging.PLAIN | {"time": {"per_hour": "2.00"}}
    charging.assign(charging.make_rate(world.host, definition=timed), world.site, "guest")
    page = f"/sessions/{charging.guest(world.charger).pk}/refund/"

    asked = text_of(client_of(world.owner).get(page))
    shown = text_of(client_of(world.owner).post(page, {**SAID, "lines": ["time"]}))

    assert "Charging time" in asked
    assert "$3.97 to refund" in shown, "119 minutes at 2.00 an hour"
