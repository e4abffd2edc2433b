"""Charts: their totals are those of the dashboard, narrowed by property and charger, scoped to the viewer."""

import csv
import io
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import RateVersion, Session
from chargers.fleet import presence
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.charts_pages import priced
from tests.kit.payouts_pages import known, payout
from tests.kit.world import make_charger, make_user, tap

__all__ = ["known", "payout", "priced"]
pytestmark = pytest.mark.django_db


def strips(client, **query):
    """Each chart's title with its total."""
    text = client.get("/dashboard/charts/", query).content.decode()
    found = re.findall(r'chart-title">(?:<a[^>]*>)?([^<]+)<.*?chart-total">([^<]+)<', text, re.DOTALL)
    return dict(found)


def opened(client, key, **query):
    """The address and the figure of each column of a chart."""
    text = client.get("/dashboard/charts/", query).content.decode()
    figure = text[text.index(f'data-chart="{key}"') :]
    links = re.findall(r'<a href="([^"]+)"><title>[^:]*: ([^<;]+)', figure[: figure.index("</figure>")])
    return [(href.replace("&amp;", "&"), figure) for href, figure in links]


def rows_of(client, key, **query):
    content = client.get(f"/dashboard/charts/{key}.csv", query).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


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
    assert owner.text.count("<figure") == 3
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


@pytest.fixture
def sold(priced):
    """Sessions of a guest on two days at two chargers; a member and refused cards."""
    other = make_charger(priced.site, "CP2", station_id="SUN002")
    charging.guest(priced.charger)
    charging.guest(other, wh=10_000)
    charging.guest(priced.charger, at=YESTERDAY - timedelta(hours=50), wh=4000)
    charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=30), wh=3000)
    for charger in (priced.charger, priced.charger, other):
        tap(charger, "DEADBEEF")
    return priced


SCOPES = [{}, {"charger": "CP2"}, {"property": "sunset-1"}, {"period": "month"}, {"period": "year"}]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("key", "figure"),
    [
        ("charged-usd", r"Charged, with tax</dt><dd class=\"tile-figure\">([^<]+)<"),
        ("sessions", r"Together (\d+) session"),
        ("energy", r"Together \d+ sessions?, ([^<]+ kWh)\."),
        ("starts-allowed", r"<p>(\d+) decisions?\."),
        ("starts-refused", r"<p>(\d+) decisions?\."),
        ("refused-token_unknown", r"<p>(\d+) decisions?\."),
    ],
)
def test_each_column_opens_a_list_with_the_same_sum(sold, client_of, key, figure, scope):
    client = client_of(sold.owner)

    columns = opened(client, key, **scope)

    assert columns or key == "starts-allowed"
    for href, sum_of_column in columns:
        found = re.search(figure, client.get(href).content.decode())
        assert found, href
        assert found[1] == sum_of_column, href


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
        with django_assert_num_queries(23) as seen:
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


def test_a_paid_payout_is_drawn_on_its_day_and_opens_itself(known, payout, client_of):
    payout.state, payout.paid_at = "paid", datetime.now(tz=UTC) - timedelta(days=3)
    payout.save()
    client = client_of(known.host.memberships.get(role="owner").user)

    [(href, amount)] = opened(client, "payouts-usd")
    page = client.get(href, follow=True).content.decode()

    assert amount == "$10.00"
    assert "together <strong>$10.00</strong>" in page
    assert page.count(f'class="mono" href="/payouts/one/{payout.pk}/"') == 1
    assert "payouts-usd" not in client.get("/dashboard/charts/", {"charger": "CP1"}).content.decode()
    assert "payouts-usd" not in client.get("/dashboard/charts/", {"property": known.place.slug}).content.decode()


def test_the_period_before_stands_behind_each_column_and_the_difference_is_said(priced, client_of):
    RateVersion.objects.update(created_at=YESTERDAY - timedelta(days=60))
    charging.guest(priced.charger)
    charging.guest(priced.charger, at=YESTERDAY - timedelta(days=35), wh=10_000)
    client = client_of(priced.owner)

    alone, compared = (client.get("/dashboard/charts/", query).text for query in ({}, {"compare": "1"}))

    assert 'class="earlier"' not in alone
    assert "compare=1" in alone
    assert "$4.00 more than " in compared
    assert ": $5.00.</p>" in compared
    assert re.search(r"\$0\.00; before, \d+ \w+: \$5\.00<", compared)
    assert rows_of(client, "sessions", compare="1")[0][-1] == "Sessions, before"


@pytest.mark.parametrize(
    ("key", "total"),
    [("charged-usd", 16.6), ("energy", 37), ("sessions", 4), ("starts-refused", 6), ("refusals", 6)],
)
def test_each_chart_is_a_file_with_the_same_figures(sold, client_of, key, total):
    header, *rows = rows_of(client_of(sold.owner), key)

    assert header[:2] == ["first_day", "last_day"]
    assert sum(float(row[2]) for row in rows) == pytest.approx(total)


def test_files_name_their_units(sold, client_of):
    client = client_of(sold.owner)

    assert rows_of(client, "charged-usd")[0][2] == "Charged, with tax (USD)"
    assert rows_of(client, "energy")[0][2] == "Energy (kWh)"
    assert rows_of(client, "uptime")[0][2] == "Uptime (%)"
    kinds = rows_of(client, "kinds-usd")
    assert kinds[0] == ["kind", "charged, with tax (USD)"]
    assert sum(float(row[1]) for row in kinds[1:]) == pytest.approx(16.6)
    hours = rows_of(client, "hours")
    assert len(hours) == 1 + 7 * 24
    assert any(float(row[2]) > 0 for row in hours[1:])
    assert client.get("/dashboard/charts/none-of-ours.csv").status_code == 404


def test_a_file_has_no_money_for_who_may_not_see_it(sold, client_of):
    client = client_of(make_user("operator@example.com", sold.host, "operator"))

    for key in ("charged-usd", "energy", "sessions", "payouts-usd", "kinds-usd"):
        assert client.get(f"/dashboard/charts/{key}.csv").status_code == 404
    assert client.get("/dashboard/charts/starts-refused.csv").status_code == 200


def test_uptime_is_drawn_by_day(world, client_of):
    now = datetime.now(tz=UTC)
    presence.connect(world.charger, connection_id=uuid.uuid4(), version="1.6", now=now - timedelta(hours=100))
    presence.disconnect_all(now=now - timedelta(hours=25))

    rows = rows_of(client_of(world.owner), "uptime")[1:]

    assert "75.00 %" in strips(client_of(world.owner))["Uptime"]
    assert {row[2] for row in rows[:-6]} == {""}
    assert float(rows[-1][2]) == 0
    assert float(rows[-4][2]) == 100
