"""Decisions, the way they are made, and the reasons they give."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from authorization.models import Decision, MobilityProvider, Token
from chargers.models import Property
from tests.kit import page_text
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


def followed(client, page=PAGE, **asked):
    """Each column of the charts: its count, and how many decisions it opens."""
    text = html_of(client.get(page, asked))
    links = re.findall(r'<a href="\?([^"]*on=[^"]*)"><title>[^:]*: (\d+)</title>', text)
    return [(int(count), len(listed(client.get(f"{page}?{query.replace('&amp;', '&')}")))) for query, count in links]


def test_every_column_leads_to_the_decisions_that_it_counts(busy, client_of):
    tap(busy.charger, "UNKNOWN", at=datetime.now(tz=UTC) - timedelta(days=3))
    client = client_of(busy.owner)

    opened = followed(client)

    assert sum(count for count, _ in opened) == Decision.objects.filter(verdict="refused").count() == 3
    assert all(count == found for count, found in opened)
    assert "As a table" in html_of(client.get(PAGE))


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"property": "bluff"}, "1 refused"),
        ({"property": "bluff", "reason": "not_public"}, None),
        ({"verdict": "accepted"}, "1 accepted"),
        ({"period": "30d", "charger": "CP8"}, "1 refused"),
        ({"days": "7", "q": "GOODCARD"}, "1 refused"),
    ],
)
def test_its_charts_follow_the_filters_and_name_their_zone_and_total(busy, client_of, asked, total):
    text = page_text.text_of(client_of(busy.owner).get(PAGE, asked))

    if total is None:
        assert "days of America/New_York" not in text
    else:
        assert re.search(rf"{total}, [\w ]+ to \d+ \w+, days of America/New_York\.", text)
        assert sum(count for count, _ in followed(client_of(busy.owner), **asked)) == 1


def test_single_days_have_their_total_instead_of_a_chart(busy, client_of):
    today = datetime.now(tz=ZoneInfo("America/New_York")).date()

    text = page_text.text_of(client_of(busy.owner).get(PAGE, {"on": f"{today - timedelta(days=2)}", "to": f"{today}"}))

    assert "3 decisions." in text
    assert "Refusals by reason" not in text


def test_the_charts_are_a_file_with_the_same_counts(busy, client_of):
    content = client_of(busy.owner).get(f"{PAGE}by-day.csv", {"property": "bluff"}).content.decode("utf-8-sig")

    header, *rows = list(csv.reader(io.StringIO(content)))
    assert header == ["first_day", "last_day", "Unknown card"]
    assert len(rows) == 30
    assert sum(int(row[2]) for row in rows) == 1


def test_it_shows_a_stranger_no_chart_of_this_host(busy, client_of):
    response = client_of(busy.stranger).get(PAGE)

    assert response.context["charts"] == []
    assert "Bluff" not in html_of(response)
    assert (
        client_of(busy.stranger).get(f"{PAGE}by-day.csv").content.decode("utf-8-sig").startswith("first_day,last_day\r")
    )


def test_it_costs_no_more_queries_for_more_decisions(busy, client_of, django_assert_max_num_queries):
    for number in range(20):
        tap(busy.charger, f"CARD{number}")
    client = client_of(busy.owner)

    with django_assert_max_num_queries(9):
        client.get(PAGE)


def test_times_of_several_zones_name_theirs(busy, client_of):
    Property.objects.filter(slug="bluff").update(time_zone="America/Los_Angeles")
    client = client_of(busy.owner)

    both, one = client.get(PAGE).text, client.get(f"{PAGE}?property=bluff").text

    assert len(re.findall(r"\d\d:\d\d:\d\d P[SD]T<", both)) == 1
    assert len(re.findall(r"\d\d:\d\d:\d\d E[SD]T<", both)) == 2
    assert not re.findall(r"\d\d:\d\d:\d\d P[SD]T<", one)
