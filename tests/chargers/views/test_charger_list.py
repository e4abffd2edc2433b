"""Chargers: a list for one charger and for five thousand, as each person likes it."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry, ListPreference, SavedView
from billing.payments.books import figures
from chargers.models import Charger, Connector, Evse, Property, Transaction
from tests.kit import charging
from tests.kit.charger_list_pages import many, mixed, online, rows, segments
from tests.kit.charging import YESTERDAY
from tests.kit.world import World, make_charger, make_user

__all__ = ["mixed", "online"]
pytestmark = pytest.mark.django_db


def guests_pay(world: World) -> None:
    Property.objects.update(access="guest")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest")


def queries(client, query: str = "") -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/chargers/{query}").status_code == 200
    return len(captured)


@pytest.mark.parametrize("sort", ["", "?sort=-money", "?sort=uptime", "?sort=-power", "?sort=station"])
def test_it_asks_the_database_as_often_for_200_chargers_as_for_10(world: World, client_of, sort):
    client = client_of(world.owner)
    many(world, 10)
    few = queries(client, sort)
    Charger.objects.filter(charger_id__startswith="MORE").delete()
    many(world, 200)

    assert queries(client, sort) == few
    assert few <= 36


def test_it_comes_in_pages(world: World, client_of):
    many(world, 60)
    client = client_of(world.owner)

    first = client.get("/chargers/", {"sort": "station"}).content.decode()
    second = client.get("/chargers/", {"sort": "station", "page": "2"}).content.decode()

    assert "1 to 50 of 61" in first
    assert 'rel="next" href="?sort=station&amp;page=2"' in first
    assert len(rows(first)) == 50
    assert rows(second)[-1] == "SUN001"
    assert not set(rows(first)) & set(rows(second))


def test_the_whole_row_is_one_link(online: World, client_of):
    text = client_of(online.owner).get("/chargers/").content.decode()
    row = text[text.index('<tr class="row-opens">') : text.index("</tbody>")]

    assert row.count("<a ") == 1
    assert '<a class="row-link strong" href="/chargers/CP1/">SUN001</a>' in row


def test_a_header_orders_and_says_so(online: World, client_of):
    make_charger(online.site, "CP0", station_id="AAA")
    client = client_of(online.owner)

    up = client.get("/chargers/", {"sort": "station", "state": "", "q": "1"}).content.decode()
    down = client.get("/chargers/", {"sort": "-station"}).content.decode()

    assert rows(down) == ["SUN001", "AAA"]
    assert 'aria-sort="ascending"><a href="?q=1&amp;sort=-station">' in up
    assert 'aria-sort="descending"><a href="?sort=station">' in down


def test_a_figure_orders_by_what_the_period_brought(online: World, client_of):
    other = make_charger(online.site, "CP0", station_id="AAA")
    guests_pay(online)
    for charger, wh in ((online.charger, 9000), (other, 4000)):
        charging.guest(charger, wh=wh)
    client = client_of(online.owner)

    assert rows(client.get("/chargers/", {"sort": "-money"}).content.decode()) == ["SUN001", "AAA"]
    assert rows(client.get("/chargers/", {"sort": "energy"}).content.decode()) == ["AAA", "SUN001"]


def test_its_money_is_the_dashboards(online: World, client_of):
    guests_pay(online)
    charging.guest(online.charger, wh=9000)
    now = datetime.now(tz=UTC)

    text = client_of(online.owner).get("/chargers/").content.decode()

    gross = figures.of_viewer(online.owner, since=now - timedelta(days=30), until=now)[0].gross_minor
    assert gross > 0
    assert f'data-label="Charged, with tax">${gross / 100:.2f}</td>' in text
    assert 'data-label="Energy">9.0 kWh</td>' in text


def test_who_sees_no_money_sees_no_column_of_it(online: World, client_of):
    operator = make_user("operator@example.com", online.host, "operator")

    text = client_of(operator).get("/chargers/", {"sort": "-money"}).content.decode()

    assert "Charged" not in text
    assert "SUN001" in text


def test_it_shows_the_power_that_is_drawn_now(online: World, client_of):
    at = datetime.now(tz=UTC)
    row = {"charger": online.charger, "started_at": at, "start_received_at": at, "power_w": 7400}
    Transaction.objects.create(transaction_id="1", evse_number=1, **row)

    assert 'data-label="Power now">7.4 kW<' in client_of(online.owner).get("/chargers/").content.decode()
    Connector.objects.filter(evse__charger=online.charger, evse__number=1).update(status="SuspendedEV")
    assert 'data-label="Power now">–</td>' in client_of(online.owner).get("/chargers/").content.decode()


@pytest.mark.parametrize(
    ("limit_w", "meter"),
    [
        (11_000, '7.4 kW<meter min="0" max="11000" value="7400" aria-label="of 11 kW" title="of 11 kW"></meter></td>'),
        (None, "7.4 kW</td>"),
    ],
)
def test_power_has_a_bar_of_its_limit_where_that_is_known(online: World, client_of, limit_w, meter):
    at = datetime.now(tz=UTC)
    row = {"charger": online.charger, "started_at": at, "start_received_at": at, "power_w": 7400}
    Transaction.objects.create(transaction_id="1", evse_number=1, **row)
    Connector.objects.update(max_power_w=limit_w)

    assert meter in client_of(online.owner).get("/chargers/").content.decode()


def test_connectors_are_counted_where_they_are_many(online: World, client_of):
    for number in (2, 3):
        evse = Evse.objects.create(charger=online.charger, number=number)
        Connector.objects.create(evse=evse, number=1, status="Charging")

    text = client_of(online.owner).get("/chargers/").content.decode()

    assert re.findall(r'<span class="state state-\w+">(\w+: \d)</span>', text) == ["Available: 1", "Charging: 2"]


def test_a_bar_divides_the_fleet_by_state(mixed: World, client_of):
    text = client_of(mixed.owner).get("/chargers/", {"sort": "station"}).content.decode()

    assert segments(text) == [
        ("?sort=station", "4", "All"),
        ("?sort=station&amp;state=down", "1", "Offline or faulted"),
        ("?sort=station&amp;state=in_use", "1", "No connector free"),
        ("?sort=station&amp;state=available", "1", "Connector free"),
        ("?sort=station&amp;state=not_known", "1", "Not known yet"),
    ]


def test_the_bar_counts_no_charger_of_others(mixed: World, client_of):
    assert segments(client_of(mixed.stranger).get("/chargers/").content.decode()) == [("?view=0", "0", "All")]
    assert segments(client_of(mixed.teammate).get("/chargers/").content.decode())[0][1] == "4"


def test_who_only_reads_acts_on_none(mixed: World, client_of):
    assert "Act on all 4…" in client_of(mixed.owner).get("/chargers/").content.decode()
    assert "Act on" not in client_of(mixed.teammate).get("/chargers/").content.decode()


def test_a_fault_that_is_reported_again_does_not_begin_again(world: World, client_of):
    since = datetime.now(tz=UTC) - timedelta(hours=5)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=since)
    Connector.objects.update(status="Faulted", status_at=since)
    Connector.objects.update(status="Faulted", status_at=datetime.now(tz=UTC))
    client = client_of(world.owner)

    assert "for 5 h" in client.get("/chargers/").content.decode()
    local = since.astimezone(ZoneInfo("America/New_York"))
    assert f"since {local:%-d %b, %H:%M}" in client.get("/chargers/CP1/").content.decode()


def test_columns_are_each_persons_own(online: World, client_of):
    Charger.objects.update(firmware_version="1.2.3-own")
    client = client_of(online.owner)

    answer = client.post("/chargers/columns/", {"column": ["firmware", "nonsense"], "back": "/chargers/?q=SUN"})

    assert answer.headers["Location"] == "/chargers/?q=SUN"
    assert ListPreference.objects.get().columns == ["firmware"]
    assert "1.2.3-own" in client.get("/chargers/").content.decode()
    assert 'data-label="Connectors"' not in client.get("/chargers/").content.decode()
    assert "1.2.3-own" not in client_of(online.teammate).get("/chargers/").content.decode()


def test_it_leads_back_to_no_other_site(online: World, client_of):
    answer = client_of(online.owner).post("/chargers/columns/", {"column": ["tags"], "back": "https://evil.example/"})

    assert answer.headers["Location"] == "/chargers/"


def test_a_saved_view_keeps_filters_order_and_columns(online: World, client_of):
    client = client_of(online.owner)

    answer = client.post(
        "/chargers/views/",
        {"do": "save", "name": "Broken", "query": "state=offline&sort=-power&x=1", "column": ["firmware"]},
    )

    view = SavedView.objects.get()
    assert answer.headers["Location"] == f"/chargers/?state=offline&sort=-power&view={view.pk}"
    assert (view.query, view.columns) == ("state=offline&sort=-power", ["firmware"])
    text = client.get(answer.headers["Location"]).content.decode()
    assert f'view={view.pk}" aria-current="page">Broken</a>' in text
    assert AuditEntry.objects.get(verb="list_view.saved").user == online.owner


def test_the_list_opens_with_the_default_view(online: World, client_of):
    client = client_of(online.owner)
    client.post("/chargers/views/", {"do": "save", "name": "Broken", "query": "state=offline"})
    view = SavedView.objects.get()
    client.post("/chargers/views/", {"do": "default", "view": view.pk})

    assert client.get("/chargers/").headers["Location"] == f"/chargers/?state=offline&view={view.pk}"
    assert client.get("/chargers/", {"view": "0"}).status_code == 200
    client.post("/chargers/views/", {"do": "no_default"})
    assert client.get("/chargers/").status_code == 200


def test_the_persons_choice_of_columns_is_read_once(world: World, client_of):
    client = client_of(world.owner)

    with CaptureQueriesContext(connection) as captured:
        client.get("/chargers/")

    assert sum("authorization_listpreference" in query["sql"] for query in captured.captured_queries) == 1


def test_what_is_charged_is_one_sum_on_home_and_chargers_and_a_part_of_the_sessions_total(online: World, client_of):
    """Guests pay by card; a member's session is collected by the property and stands in the sessions' total only."""
    guests_pay(online)
    charging.assign(charging.make_rate(online.host, slug="members"), online.site, "member")
    other = make_charger(online.site, "CP0", station_id="AAA")
    charging.guest(online.charger, wh=9000)
    charging.guest(other, wh=4000)
    charging.charge(online.charger, at=YESTERDAY - timedelta(hours=4), wh=1000)
    client = client_of(online.owner)

    home = amounts(client.get("/").content.decode(), r'<th scope="row">Charged, with tax</th><td[^>]*>([^<]+)')
    by_charger = amounts(client.get("/chargers/").content.decode(), r'data-label="Charged, with tax">([^<]+)')
    address = {"state": "settled", "settled": "30d"}
    total = r'Total with tax</dt><dd class="tile-figure">([^<]+)'
    collected = amounts(client.get("/sessions/", {**address, "audience": "collected"}).content.decode(), total)
    everybody = amounts(client.get("/sessions/", address).content.decode(), total)

    assert len(by_charger) == 2
    assert home == [sum(by_charger)] == collected
    assert everybody[0] > home[0]


def amounts(text: str, pattern: str) -> list[Decimal]:
    return [Decimal(amount.strip().removeprefix("$")) for amount in re.findall(pattern, text)]


def test_a_charger_with_a_car_and_a_free_connector_counts_as_free_and_charges(mixed: World, client_of):
    evse = Evse.objects.create(charger=mixed.charger, number=2)
    Connector.objects.create(evse=evse, number=1, status="Charging")
    at = datetime.now(tz=UTC)
    Transaction.objects.create(
        charger=mixed.charger, transaction_id="1", evse_number=2, started_at=at, start_received_at=at
    )
    client = client_of(mixed.owner)

    listed = {state: client.get("/chargers/", {"state": state}).content.decode() for state in ("available", "charging")}

    assert [(count, title) for _, count, title in segments(listed["available"])][2:4] == [
        ("1", "No connector free"),
        ("1", "Connector free"),
    ]
    assert rows(listed["available"]) == rows(listed["charging"]) == ["SUN001"]


def test_the_properties_keep_the_filter_of_the_list(mixed: World, client_of):
    far = Property.objects.create(
        host=mixed.host, name="Far away", slug="far", time_zone="UTC", latitude=1, longitude=1
    )
    make_charger(far, "FAR", station_id="FAR")
    Property.objects.filter(pk=mixed.site.pk).update(latitude=50, longitude=8)
    client = client_of(mixed.owner)

    listed = client.get("/chargers/", {"state": "down", "sort": "station"}).content.decode()
    address = html.unescape(re.search(r'<a href="([^"]*)">Map', listed).group(1))
    shown = client.get("/properties/?state=down").content.decode()
    everything = client.get("/properties/").content.decode()

    assert address == "/chargers/map/?state=down"
    assert "1 of 1 offline" in shown
    assert "Far away" not in shown
    assert 'href="/chargers/?state=down">chargers that match the filter</a>' in shown
    assert "Far away" in everything
    assert "2 of 4 offline" in everything
