"""Sessions as lists and files show them: by the moment they began, with price, duration, refunds and payment."""

from datetime import timedelta

import pytest

from billing.models import RateAssignment, Session
from billing.payments.daily_totals import sums
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.sessions_pages import plain, priced
from tests.kit.world import make_charger

__all__ = ["priced"]


def test_it_lists_the_amount_with_its_currency_and_the_energy(priced, client_of):
    charging.charge(priced.charger)

    text = client_of(priced.owner).get("/sessions/").content.decode()

    assert "$9.00" in text
    assert "20.000 kWh" in text
    assert "Settled" in text


def test_it_narrows_by_property(priced, client_of):
    elsewhere = Property.objects.create(host=priced.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    here = charging.charge(priced.charger)

    client = client_of(priced.owner)

    assert str(here.pk) in client.get("/sessions/", {"property": priced.site.pk}).content.decode()
    assert str(here.pk) not in client.get("/sessions/", {"property": elsewhere.pk}).content.decode()


def test_it_pages_by_key(priced, client_of):
    rows = [charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY - timedelta(minutes=n)) for n in range(51)]
    newest_first = Session.objects.order_by("-id")
    client = client_of(priced.owner)

    first = client.get("/sessions/").content.decode()
    second = client.get("/sessions/", {"before": newest_first[49].pk}).content.decode()

    assert len(rows) == 51
    assert first.count('<tr class="row-opens">') == 50
    assert f"before={newest_first[49].pk}" in first
    assert second.count('<tr class="row-opens">') == 1
    assert str(newest_first[50].pk) in second


@pytest.mark.long
def test_it_adds_up_all_that_the_filter_finds_with_refunds(priced, client_of):
    """Not only the page, and not what is held or waived: nothing is charged for that."""
    for number in range(50, -1, -1):
        charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=3 * number), wh=1000)
    charging.charge(priced.charger, at=YESTERDAY + timedelta(hours=5), wh=9_000_000)
    refund = charging.refund(charging.guest(priced.charger, at=YESTERDAY + timedelta(hours=10)))
    client = client_of(priced.owner)

    first = plain(client.get("/sessions/").content.decode())
    guests = plain(client.get("/sessions/", {"audience": "guest"}).content.decode())

    refunds.send(refund.pk, now=YESTERDAY)
    told = plain(client.get("/sessions/", {"audience": "guest"}).content.decode())
    assert "Total with tax $80.40 Energy charged for 71.000 kWh Priced sessions 52 Refunded $0.00" in first
    assert "Total with tax $9.00 Energy charged for 20.000 kWh Priced sessions 1 Refunded $0.00" in guests
    given = f"${refund.total_minor / 100:.2f}"
    assert f"Total with tax $9.00 Energy charged for 20.000 kWh Priced sessions 1 Refunded {given}" in told
    assert told.count(given) == 2, "in its row and in the sum"


def test_its_totals_count_settled_sessions_without_a_price_beside(priced, client_of):
    charging.charge(priced.charger)
    RateAssignment.objects.all().delete()
    bare = charging.charge(priced.charger, at=YESTERDAY + timedelta(hours=4), wh=1500)
    assert (bare.state, bare.ratings.count()) == ("settled", 0)

    client = client_of(priced.owner)

    for address in ("/sessions/", "/sessions/?state=settled"):
        text = plain(client.get(address).content.decode())
        assert "Energy charged for 20.000 kWh Priced sessions 1 And 1 settled without a price, 1.500 kWh" in text

    sums.refresh(now=YESTERDAY + timedelta(days=5))
    text = plain(client.get("/sessions/").content.decode())
    assert "And 1 settled without a price, 1.500 kWh" in text, "with the sums of days"


def test_its_query_count_does_not_grow_with_sessions(priced, client_of, django_assert_num_queries):
    client = client_of(priced.owner)
    client.get("/sessions/")
    for number in range(8):
        charger = make_charger(priced.site, f"MORE{number}", station_id=f"MORE{number}")
        charging.charge(charger)

    with django_assert_num_queries(10):
        text = client.get("/sessions/").content.decode()

    assert text.count("$9.00") == 8
