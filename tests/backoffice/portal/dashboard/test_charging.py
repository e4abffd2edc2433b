"""Who is charging now, at the chargers that a person sees."""

from datetime import UTC, datetime, timedelta

from billing.models import Session
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
    same = client.get("/dashboard/charging/", headers=version).status_code

    charging.read(running, 2_000, at=at + timedelta(minutes=20))

    after = client.get("/dashboard/charging/", headers=version)
    assert same in {204, 200}  # 200 where the half minute changed between the two
    assert after.status_code == 200
    assert "1.000 kWh in 30 min" in after.text
    assert "<html" not in after.text
