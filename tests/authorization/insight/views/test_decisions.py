"""Decisions, the way they are made, and the reasons they give."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Decision, MobilityProvider, Token
from chargers.models import Property
from tests.kit.page_text import html_of
from tests.kit.world import make_charger, tap

pytestmark = pytest.mark.django_db
PAGE = "/authorization/decisions/"


def listed(response) -> list[str]:
    return [decision.uid for decision, _ in response.context["rows"]]


@pytest.fixture
def busy(world):
    """Two properties; a foreign card, an unknown one and a member's."""
    other = Property.objects.create(host=world.host, slug="bluff", name="Bluff", time_zone="America/New_York")
    elsewhere = make_charger(other, "CP8", station_id="BLU001")
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=msp, uid="GOODCARD", canonical_uid="GOODCARD")
    tap(world.charger, "04A1B2C3D4")
    tap(world.charger, "GOODCARD")
    tap(elsewhere, "UNKNOWN")
    return world


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"property": "bluff"}, ["UNKNOWN"]),
        ({"property": "sunset-1", "verdict": "refused"}, ["GOODCARD"]),
        ({"msp": "NL-EMS"}, ["GOODCARD"]),
        ({"msp": "NL-XXX"}, []),
        ({"q": "04:a1:b2:c3:d4"}, ["04A1B2C3D4"]),
        ({"hours": "1", "property": "bluff"}, ["UNKNOWN"]),
        ({"on": "2020-01-01"}, []),
        ({"on": "soon", "property": "bluff"}, ["UNKNOWN"]),
    ],
)
def test_it_narrows_the_list(busy, client_of, asked, found):
    assert listed(client_of(busy.owner).get(PAGE, asked)) == found


@pytest.mark.parametrize("asked", [{"on": "9999-12-31"}, {"on": "0001-01-01"}, {"days": "9999"}, {"msp": "-"}])
def test_it_bears_odd_questions(busy, client_of, asked):
    assert client_of(busy.owner).get(PAGE, asked).status_code == 200


def test_every_bar_leads_to_the_decisions_that_it_counts(busy, client_of):
    tap(busy.charger, "UNKNOWN", at=datetime.now(tz=UTC) - timedelta(days=3))
    client = client_of(busy.owner)

    response = client.get(PAGE)

    bars = [bar for strip in response.context["chart"].strips for bar in strip.bars]
    links = re.findall(r'<a href="\?([^"]*on=[^"]*)"><title>[^:]*: (\d+)</title>', html_of(response))
    assert sum(bar.count for bar in bars) == Decision.objects.filter(verdict="refused").count() == 3
    assert len(links) == len(bars) == 3
    for query, count in links:
        assert len(listed(client.get(f"{PAGE}?{query.replace('&amp;', '&')}"))) == int(count)
    assert "The same as a table" in html_of(response)


def test_its_chart_keeps_to_the_filters(busy, client_of):
    chart = client_of(busy.owner).get(PAGE, {"property": "bluff"}).context["chart"]

    assert [(strip.series.reason.code, strip.series.total) for strip in chart.strips] == [("token_unknown", 1)]


def test_it_shows_a_stranger_no_chart_of_this_host(busy, client_of):
    response = client_of(busy.stranger).get(PAGE)

    assert response.context["chart"].strips == []
    assert "Bluff" not in html_of(response)


def test_it_costs_no_more_queries_for_more_decisions(busy, client_of, django_assert_max_num_queries):
    for number in range(20):
        tap(busy.charger, f"CARD{number}")
    client = client_of(busy.owner)

    with django_assert_max_num_queries(9):
        client.get(PAGE)
