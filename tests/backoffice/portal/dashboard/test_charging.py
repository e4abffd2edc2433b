"""Who is charging now, at the chargers that a person sees."""

from datetime import UTC, datetime, timedelta

from backoffice.portal.dashboard import charging as charging_now
from billing.models import Session
from chargers.listing import order
from chargers.models import Charger, Connector, Transaction
from tests.kit import charging
from tests.kit.dashboard_pages import online, page, priced

__all__ = ["online", "priced"]


def test_who_charges_now_is_listed_with_energy_and_time(priced, client_of):
    at = datetime.now(tz=UTC) - timedelta(minutes=90)
    running = charging.start(priced.charger, uid="04A1B2C3D4", at=at)
    charging.read(running, 4_500, at=at + timedelta(minutes=89))
    session = Session.objects.get(transaction=running)

    text = page(client_of(priced.owner))

    listed = text[text.index('id="charging-now"') :]
    assert f'href="/sessions/{session.pk}/"' in listed
    assert "3.500 kWh in 1 h 30 min" in listed
    assert "1 of 1 connector" in listed
    assert "Nobody is charging." in page(client_of(priced.stranger))


def test_who_charges_now_follows_the_readings_alone(priced, client_of):
    at = datetime.now(tz=UTC) - timedelta(minutes=30)
    running = charging.start(priced.charger, uid="04A1B2C3D4", at=at)
    client = client_of(priced.owner)
    first = client.get("/dashboard/charging/", headers={"HX-Request": "true"})
    version = {"HX-Request": "true", "Live-Version": first.headers["Live-Version"]}
    again = client.get("/dashboard/charging/", headers=version)

    charging.read(running, 2_000, at=at + timedelta(minutes=20))

    after = client.get("/dashboard/charging/", headers=version)
    shown = again.headers.get("Live-Version", version["Live-Version"])
    assert shown.partition("-")[0] == version["Live-Version"].partition("-")[0], "nothing was read in between"
    assert after.headers["Live-Version"].partition("-")[0] != shown.partition("-")[0]
    assert after.status_code == 200
    assert "1.000 kWh in 30 min" in after.text
    assert "<html" not in after.text


def test_power_is_what_the_list_of_chargers_has_without_a_paused_car(priced, client_of):
    at = datetime.now(tz=UTC) - timedelta(minutes=30)
    running = charging.start(priced.charger, uid="04A1B2C3D4", at=at)
    Transaction.objects.filter(pk=running.pk).update(power_w=11_000)
    seen = []

    for status in ("Charging", "SuspendedEV"):
        Connector.objects.filter(evse__charger=priced.charger).update(status=status)
        seen.append(charging_now.for_viewer(priced.owner, now=at))

    listed = Charger.objects.annotate(power=order.power()).get(pk=priced.charger.pk)
    assert [(now.power_w, now.listed[0].power_w) for now in seen] == [(11_000, 11_000), (0, None)]
    assert listed.power is None
    assert seen[1].count == 1


def test_the_panel_brings_the_tile_that_counts_the_same(priced, client_of):
    at = datetime.now(tz=UTC) - timedelta(minutes=30)
    charging.start(priced.charger, uid="04A1B2C3D4", at=at)
    client = client_of(priced.owner)

    home = client.get("/").text
    part = client.get("/dashboard/charging/", headers={"HX-Request": "true"}).text

    assert home.count('id="charging-tile"') == part.count('id="charging-tile"') == 1
    assert "hx-swap-oob" in part
    assert "hx-swap-oob" not in home
    assert '<strong class="tile-figure">1</strong>' in part


def test_opened_by_itself_it_leads_home(priced, client_of):
    assert client_of(priced.owner).get("/dashboard/charging/").headers["Location"] == "/"
