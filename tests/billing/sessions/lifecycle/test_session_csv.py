"""Sessions as CSV: what the list shows, a row each, inert against spreadsheet formulas."""

import csv
import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import Session
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.lifecycle_pages import listed, priced

__all__ = ["priced"]


def downloaded(client, **query):
    response = client.get("/sessions/sessions.csv", query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_the_rows_of_the_list_and_its_sums(priced, client_of):
    first = charging.guest(priced.charger, held_minor=500)
    second = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=9), wh=10_000)
    client = client_of(priced.owner)

    rows = downloaded(client)

    assert [row["session"] for row in rows] == [str(first.pk), str(second.pk)] == listed(client)
    assert [row["amount"] for row in rows] == ["9.00", "5.00"]
    assert [row["unpaid"] for row in rows] == ["4.00", ""]
    assert [row["energy_kwh"] for row in rows] == ["20.000", "10.000"]
    assert rows[0]["time_zone"] == "Europe/Amsterdam"
    began = datetime.fromisoformat(rows[0]["began_at"])
    assert began == first.started_at
    assert began.utcoffset() == first.started_at.astimezone(ZoneInfo("Europe/Amsterdam")).utcoffset()
    assert [row["session"] for row in downloaded(client, audience="guest")] == [str(first.pk)]


def test_the_csv_masks_guests_and_is_inert(priced, client_of):
    session = charging.guest(priced.charger)
    Session.objects.filter(pk=session.pk).update(guest_email="guest@example.com")
    Property.objects.update(name="=1+1")

    row = downloaded(client_of(priced.owner))[0]

    assert row["guest"] == "g…@example.com"
    assert row["property"] == "'=1+1"


def test_the_csv_has_the_card_that_the_list_shows_also_without_a_token_of_it(priced, client_of):
    roaming, guest = charging.charge(priced.charger), charging.guest(priced.charger)
    Session.objects.filter(pk=roaming.pk).update(token=None, id_token="PARTNER0001", audience="roaming")

    found = {row["session"]: row["token"] for row in downloaded(client_of(priced.owner))}

    assert found == {str(roaming.pk): "PARTNER0001", str(guest.pk): ""}


@pytest.mark.parametrize("who", ["stranger"])
def test_the_csv_has_what_the_viewer_may_see_only(priced, client_of, who):
    charging.charge(priced.charger)

    assert downloaded(client_of(getattr(priced, who))) == []


def test_the_csv_has_the_numbers_of_a_sessions_receipts_and_credit_notes(priced, client_of):
    session = charging.charge(priced.charger, at=YESTERDAY)
    refunds.send(charging.refund(session).pk, now=YESTERDAY + timedelta(hours=4))
    running = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY + timedelta(hours=5))
    labels = [one.label for one in session.receipts.order_by("pk")]

    rows = {row["session"]: row for row in downloaded(client_of(priced.owner))}

    assert len(labels) == 2
    assert rows[str(session.pk)]["receipts"] == " ".join(labels)
    assert rows[str(running.session.pk)]["receipts"] == ""


def test_the_csv_has_what_the_host_pays_by_the_rate(world, client_of):
    Property.objects.update(access="guest")
    borne = charging.PLAIN | {"processing_fee": "0.30", "processing_pct": "10", "processing_paid_by": "host"}
    charging.assign(charging.make_rate(world.host, definition=borne), world.site, "guest")
    session = charging.guest(world.charger)
    total = session.receipts.get().rating.total_minor

    [row] = downloaded(client_of(world.owner))

    assert row["host_costs_minor"] == str(30 + total // 10)
    assert float(row["host_costs"]) * 100 == pytest.approx(30 + total / 10)


def test_the_csv_has_the_state_as_programs_and_as_the_page_name_it(priced, client_of):
    session = charging.guest(priced.charger)
    Session.objects.filter(pk=session.pk).update(state="failed")
    client = client_of(priced.owner)

    row = downloaded(client)[0]

    assert (row["state"], row["state_in_words"]) == ("failed", "Nothing to pay")
    assert row["state_in_words"] in client.get("/sessions/").content.decode()
