"""Charts: their totals are those of the dashboard, narrowed by property and charger, scoped to the viewer."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Session
from chargers.fleet import presence
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.charts_pages import priced
from tests.kit.world import make_charger, make_user, tap

__all__ = ["priced"]
pytestmark = pytest.mark.django_db


def strips(client, **query):
    """Each strip's title with its total."""
    text = client.get("/dashboard/charts/", query).content.decode()
    found = re.findall(r'class="strong"[^>]*>([^<]+)</(?:a|span)> <span class="nowrap">([^<]+)<', text)
    return dict(found)


def test_the_totals_are_those_of_the_dashboard(priced, client_of):
    charging.guest(priced.charger)
    charging.guest(priced.charger, at=YESTERDAY - timedelta(hours=30), wh=10_000)
    tap(priced.charger, "DEADBEEF")
    client = client_of(priced.owner)

    dashboard = client.get("/").content.decode()
    shown = strips(client)

    assert f"{shown['Charged, with tax']}</td>" in dashboard
    assert shown["Charged, with tax"] == "$14.00"
    assert f">{shown['Energy']}</a>" in dashboard
    assert shown["Sessions"] == "2"
    attempts = re.search(r"(\d+) of (\d+) attempts", dashboard)
    assert attempts
    assert int(shown["Starts allowed"]) == int(attempts[1])
    assert int(shown["Starts refused"]) == int(attempts[2]) - int(attempts[1]) > 0


def test_home_gets_the_first_charts_alone_and_a_viewer_without_money_no_amount(priced, client_of):
    charging.guest(priced.charger)

    def part(user):
        return client_of(user).get("/dashboard/charts/", headers={"HX-Request": "true"})

    owner, teammate = part(priced.owner), part(make_user("operator@example.com", priced.host, "operator"))

    assert "HX-Request" in owner.headers["Vary"]
    assert "<html" not in owner.text
    assert owner.text.count("<svg") == 3
    assert "$9.00" in owner.text
    assert "Starts allowed" in teammate.text
    assert "$" not in teammate.text


def test_they_are_narrowed_by_property_and_by_charger(priced, client_of):
    other = make_charger(priced.site, "CP2", station_id="SUN002")
    charging.guest(priced.charger)
    charging.guest(other, wh=10_000)
    client = client_of(priced.owner)

    assert strips(client, property=priced.site.slug)["Charged, with tax"] == "$14.00"
    assert strips(client, charger="CP2")["Charged, with tax"] == "$5.00"
    assert strips(client, property="none-of-mine")["Charged, with tax"] == "$14.00"


def test_a_stranger_sees_nothing_of_it(priced, client_of):
    charging.guest(priced.charger)
    client = client_of(priced.stranger)

    assert "Charged, with tax" not in strips(client, charger="CP1")
    assert strips(client)["Sessions"] == "0"


def test_what_was_sold_is_drawn_by_kind_and_adds_up(priced, client_of):
    charging.guest(priced.charger)

    text = client_of(priced.owner).get("/dashboard/charts/").content.decode()

    kinds = text[text.index("What was sold, with tax") :]
    assert "$8.00" in kinds
    assert "$1.00" in kinds
    assert "$9.00" in kinds


def test_refusals_lead_to_their_decisions(priced, client_of):
    for _ in range(3):
        tap(priced.charger, "DEADBEEF")
    client = client_of(priced.owner)

    text = client.get("/dashboard/charts/").content.decode()

    link = re.search(r'href="([^"]+reason=token_unknown[^"]*)"', text)
    assert link
    assert client.get(link[1].replace("&amp;", "&")).content.decode().count("Why?</a>") == 3


def test_its_query_count_does_not_grow(priced, client_of, django_assert_num_queries):
    client = client_of(priced.owner)
    counts = []
    for number in range(2):
        charging.guest(make_charger(priced.site, f"MORE{number}", station_id=f"MORE{number}"))
        with django_assert_num_queries(24) as seen:
            client.get("/dashboard/charts/")
        counts.append(len(seen))
    assert Session.objects.count() == 2
    assert len(set(counts)) == 1


def test_uptime_and_starts_stand_by_charger_with_refused_cards(world, client_of):
    presence.connect(
        world.charger, connection_id=uuid.uuid4(), version="1.6", now=datetime.now(tz=UTC) - timedelta(hours=100)
    )
    presence.disconnect_all(now=datetime.now(tz=UTC) - timedelta(hours=1))
    tap(world.charger, "DEADBEEF")

    text = client_of(world.owner).get("/dashboard/charts/?period=30d").text

    row = text[text.index('id="reliability"') :]
    row = row[row.index("SUN001") : row.index("</tr>", row.index("SUN001"))]
    assert "99.0" in row or "98.9" in row
    assert "0.0 %" in row
