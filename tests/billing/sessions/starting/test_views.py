"""Who can charge here?: what each kind of person reads, a guest's test, and what guests of bookings pay."""

import pytest

from authorization.models import AuditEntry, Stay
from billing.models import FolioCharge, Session, StayTerms
from billing.pricing import benefits
from billing.sessions.lifecycle import lifecycle
from chargers.models import Property
from tests.kit import bookings
from tests.kit.bookings import DAY, HOUR, booking, now
from tests.kit.guest import guest, station

__all__ = ["guest", "station"]

PAGE = "/properties/sunset-1/who/"
TERMS = {"payment": "host", "included_kwh": "40", "included_per": "stay", "discount_pct": "10"}


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def melanie(world, station) -> Stay:
    Property.objects.update(access="private")
    return booking(bookings.connection(world.host), world.site, None, code="HMABC12345")


def test_it_shows_what_each_kind_of_person_reads(world, melanie, client_of):
    text = text_of(client_of(world.owner).get(PAGE))

    assert "Private charger. This charger is privately owned" in text
    assert "Unknown card." in text
    assert "Welcome, Melanie. Until" in text
    assert "They start at the rate “Standard”, and pay by card, before charging begins." in text


def test_the_test_of_a_guest_is_of_the_chosen_moment(world, melanie, client_of):
    later = f"{now() + 10 * DAY:%Y-%m-%dT%H:%M}"

    text = text_of(client_of(world.owner).get(PAGE, {"stay": melanie.pk, "charger": "SUN001", "at": later}))

    assert "Your stay has ended." in text


@pytest.mark.parametrize("asked", [{"at": "yesterday"}, {"at": "0001-01-01T00:00"}, {"stay": "x"}, {"charger": "NOPE"}])
def test_what_cannot_be_read_shows_the_usual(world, melanie, client_of, asked):
    assert client_of(world.owner).get(PAGE, asked).status_code == 200


def test_who_only_reads_sees_no_guests_and_changes_nothing(world, melanie, client_of):
    assert "Melanie" not in text_of(client_of(world.teammate).get(PAGE))
    assert client_of(world.teammate).post(PAGE, TERMS).status_code == 404
    assert client_of(world.stranger).get(PAGE).status_code == 404
    assert not StayTerms.objects.exists()


def test_terms_are_kept_with_who_set_them(world, melanie, client_of):
    client_of(world.owner).post(PAGE, TERMS)

    row = StayTerms.objects.get()
    assert (row.payment, row.included_wh, row.included_per, str(row.discount_pct)) == ("host", 40_000, "stay", "10.00")
    assert AuditEntry.objects.get().verb == "property.stay_terms"


@pytest.mark.parametrize(
    ("field", "value"), [("included_kwh", "-1"), ("included_kwh", "1e9"), ("discount_pct", "101"), ("payment", "gold")]
)
def test_terms_that_cannot_be_are_refused(world, melanie, client_of, field, value):
    response = client_of(world.owner).post(PAGE, TERMS | {field: value})

    assert response.status_code == 200
    assert not StayTerms.objects.exists()


def test_what_is_included_is_on_the_landing_page_and_frozen_on_the_session(world, melanie, guest, station):
    StayTerms.objects.create(property=world.site, included_wh=40_000, included_per="day", discount_pct=10)
    guest.post("/c/SUN001/booking", {"code": "HMABC12345"})

    html = guest.get("/c/SUN001").content.decode()
    text = " ".join(html.split())
    assert "40 of 40 kWh that your stay includes each day are left." in text
    assert "Guests of the house pay 10 % less for energy: it is in the prices above." in text
    guest.post("/c/SUN001/1", {"card": "4242424242424242", "version": station.pk})
    session = Session.objects.get()
    assert session.benefits["included_wh"] == 40_000
    assert session.benefits["period"].startswith(f"stay:{melanie.pk}:")
    assert benefits.left_wh(session) == 40_000


def test_a_party_shares_what_is_included(world, melanie, station):
    order = lifecycle.GuestOrder(charger=world.charger, evse_number=1, stay=melanie, billed_to="host")
    StayTerms.objects.create(property=world.site, included_wh=40_000)
    first = lifecycle.open_for_guest(order, now=now())
    second = lifecycle.open_for_guest(order, now=now())
    first.ratings.create(
        kind="final", engine_version="1", inputs={}, currency="USD", total_minor=0, net_minor=0, tax_minor=0,
        energy_wh=27_600, created_at=now(),
        report={"lines": [{"label": benefits.INCLUDED, "wh": 27_600, "kind": "energy", "amount": 0}]},
    )  # fmt: skip

    assert benefits.left_wh(second) == 12_400


def test_the_line_on_the_bill_is_on_the_sessions_page_and_taken_back_there(world, melanie, station, client_of):
    session = lifecycle.open_for_guest(
        lifecycle.GuestOrder(charger=world.charger, evse_number=1, stay=melanie, billed_to="folio"), now=now()
    )
    line = FolioCharge.objects.create(
        session=session, stay=melanie, connection=melanie.connection, booking_key="B-1", key="ev-1", amount_minor=434,
        currency="USD", text="EV charging", state="charged", external_ref="line-1", due_at=now(), created_at=now(),
        charged_at=now() - HOUR,
    )  # fmt: skip
    owner = client_of(world.owner)

    assert "On the bill: $4.34" in text_of(owner.get(f"/sessions/{session.pk}/"))
    owner.post(f"/sessions/{session.pk}/folio/", {"do": "back"})

    line.refresh_from_db()
    assert line.state == "undoing"
    assert client_of(world.stranger).post(f"/sessions/{session.pk}/folio/").status_code == 404


def test_a_session_in_a_total_says_so_and_takes_the_whole_total_back(world, melanie, station, client_of):
    values = {
        "stay": melanie, "connection": melanie.connection, "booking_key": "B-1", "currency": "USD", "due_at": now(),
        "created_at": now(), "collected_for": "2026-06-10",
    }  # fmt: skip
    session = lifecycle.open_for_guest(
        lifecycle.GuestOrder(charger=world.charger, evse_number=1, stay=melanie, billed_to="folio"), now=now()
    )
    part = FolioCharge.objects.create(
        session=session, key="ev-1", amount_minor=434, text="EV charging", state="collected", **values
    )
    owner = client_of(world.owner)
    waiting = text_of(owner.get(f"/sessions/{session.pk}/"))
    assert "Waits for the total: $4.34" in waiting
    assert "Leave out of the total" in waiting
    total = FolioCharge.objects.create(
        key="ev-t-1", amount_minor=1000, text="EV charging 10 Jun, 2 sessions", state="charged", external_ref="line-1",
        charged_at=now(), **values,
    )  # fmt: skip
    FolioCharge.objects.filter(pk=part.pk).update(state="bundled", total=total)

    page = text_of(owner.get(f"/sessions/{session.pk}/"))
    assert "On the bill: $10.00" in page
    assert "$4.34 of it are of this session: “EV charging 10 Jun, 2 sessions”." in page
    owner.post(f"/sessions/{session.pk}/folio/", {"do": "back"})

    total.refresh_from_db()
    assert total.state == "undoing"
    assert AuditEntry.objects.filter(verb="folio.taken_back", user=world.owner).exists()


def test_the_host_chooses_one_line_a_day(world, melanie, client_of):
    client_of(world.owner).post(PAGE, TERMS | {"payment": "folio", "folio_lines": "day"})

    assert StayTerms.objects.get().folio_lines == "day"
    assert client_of(world.owner).post(PAGE, TERMS | {"folio_lines": "year"}).status_code == 200
    assert StayTerms.objects.get().folio_lines == "day"
