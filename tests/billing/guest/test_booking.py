"""The booking is the key: proved at a charger by its code, by digits and day, or by its link."""

from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from authorization.decide import reasons
from authorization.models import Decision, Stay, StayKey
from billing.models import Hold, Rate, RateAssignment, RateVersion, Session, StayTerms
from billing.sessions.starting import ordering
from chargers.models import Charger, Command, Connector, Unit
from tests.kit.booking import by_digits, house, melanie, shows, text_of, unit
from tests.kit.bookings import DAY, HOUR, booking, now
from tests.kit.guest import GOOD, guest, station
from tests.kit.world import make_charger

__all__ = ["guest", "house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"


def test_a_guest_at_a_private_charger_is_asked_for_the_booking(melanie, guest):
    text = text_of(guest)

    assert "I have a booking" in text
    assert BOOKING in text


def test_where_there_are_no_bookings_nobody_is_asked_for_one(house, guest):
    assert "I have a booking" not in text_of(guest)


@pytest.mark.parametrize("typed", [CODE, "hmabc12345", " HMABC-12345 ", "HM ABC 12345"])
def test_the_code_makes_this_phone_the_key_until_the_end(melanie, guest, typed):
    response = guest.post(BOOKING, {"code": typed})

    assert (response.status_code, response["Location"]) == (302, "/c/SUN001")
    text = text_of(guest)
    until = melanie.access_to.astimezone(ZoneInfo("America/New_York"))
    assert f"Welcome, Melanie. Until {until.day} {until:%B, %H:%M}" in text
    assert "Pay and start" in text
    assert StayKey.objects.get().proof == "code"


def test_digits_and_the_day_of_arrival_do_the_same(melanie, guest):
    assert by_digits(guest, melanie).status_code == 302
    assert "Welcome, Melanie." in text_of(guest)


def test_the_link_does_so_once_its_guest_says_so(melanie, guest):
    Stay.objects.update(link_key="a-link-that-nobody-guesses")

    looked = guest.get("/stay/a-link-that-nobody-guesses/")
    assert "Welcome, Melanie." in looked.text
    assert not StayKey.objects.exists()

    response = guest.post("/stay/a-link-that-nobody-guesses/", {}, follow=True)
    assert "This phone opens the chargers of your stay." in response.text
    assert "Welcome, Melanie." in text_of(guest)


def test_the_paid_start_is_decided_by_the_stay_and_stored_with_its_trace(melanie, station, guest):
    guest.post(BOOKING, {"code": CODE})

    response = guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk, "email": ""})

    session = Session.objects.get()
    assert response["Location"] == f"/s/{session.secret}/"
    assert (session.stay, session.billed_to, session.holds.get().state) == (melanie, "", Hold.State.AUTHORISED)
    assert Command.objects.get().action == "RemoteStartTransaction"
    decision = Decision.objects.get()
    assert (decision.verdict, decision.granted_by) == ("accepted", "stay")
    [line] = [line for line in decision.trace if line["step"] == "stay"]
    assert line["sentence"].startswith(f"Stay {CODE} in Apartment 2B, Sunset 1 includes this charger until ")


def test_nobody_without_the_key_pays_at_the_private_charger(melanie, station, guest):
    other = Client()
    guest.post(BOOKING, {"code": CODE})

    other.post("/c/SUN001/1", {"card": GOOD, "version": station.pk})

    assert not Session.objects.exists()
    assert shows(other.get("/c/SUN001"), "private_charger")


def test_the_other_chargers_of_unit_and_property_open_too_but_not_the_neighbours(world, melanie, guest):
    neighbour = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    for number, owner in ((2, None), (3, neighbour)):
        charger = make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
        Charger.objects.filter(pk=charger.pk).update(
            unit=owner, connection_id=world.charger.connection_id, connected_at=now(), ocpp_version="1.6"
        )
    Charger.objects.update(connection_id=Charger.objects.get(charger_id="CP1").connection_id)
    Connector.objects.update(status="Available", status_at=now())

    guest.post(BOOKING, {"code": CODE})

    assert "Pay and start" in text_of(guest, "/c/SUN002")
    assert shows(guest.get("/c/SUN003"), "wrong_charger_for_stay")
    assert "Your chargers:" in text_of(guest, "/c/SUN003")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"arrives_at": now() + 3 * HOUR}, "stay_not_begun"),
        ({"arrives_at": now() - 3 * DAY, "departs_at": now() - 2 * HOUR}, "stay_over"),
        ({"cancelled_at": now()}, "stay_cancelled"),
        ({"cancelled_at": now(), "channel_state": "no_show"}, "stay_cancelled"),
    ],
)
@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_too_early_too_late_and_cancelled_are_said_in_five_languages(
    world, house, unit, guest, station, fields, code, language
):
    booking(house, world.site, unit, code=CODE, **fields)
    guest.post(BOOKING, {"code": CODE})

    response = guest.get("/c/SUN001", headers={"Accept-Language": language})

    with translation.override(language):
        advice = translation.gettext(_meaning(code))
    assert advice.replace("'", "&#x27;") in response.content.decode()
    assert language == "en" or advice != _meaning(code)
    guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk})
    assert not Session.objects.exists()


def _meaning(code: str) -> str:
    return reasons.get(code).guest.meaning


def test_a_booking_that_moves_while_its_guest_charges_cuts_nothing(world, melanie, station, guest):
    guest.post(BOOKING, {"code": CODE})
    guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk})
    Session.objects.update(state="charging", started_at=now())

    Stay.objects.update(unit=Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A"))

    assert Session.objects.get().state == "charging"
    assert not Command.objects.exclude(action="RemoteStartTransaction").exists()
    assert guest.get("/c/SUN001").status_code == 302, "the page of the session"


def test_an_extension_counts_at_once(melanie, guest):
    Stay.objects.update(arrives_at=now() - 3 * DAY, departs_at=now() - 2 * HOUR, access_to=now() - HOUR)
    guest.post(BOOKING, {"code": CODE})
    assert shows(guest.get("/c/SUN001"), "stay_over")

    Stay.objects.update(departs_at=now() + DAY, access_to=now() + DAY + HOUR)

    assert "Pay and start" in text_of(guest)


def test_without_a_price_a_stay_starts_without_a_card(melanie, guest):
    RateAssignment.objects.all().delete()
    guest.post(BOOKING, {"code": CODE})
    assert "Charging is included in your stay." in text_of(guest)

    response = guest.post("/c/SUN001/1/start")

    session = Session.objects.get()
    assert response["Location"] == f"/s/{session.secret}/"
    assert (session.stay, session.billed_to, session.rate_version) == (melanie, "host", None)
    assert Command.objects.get().id_token == session.id_token
    assert "Plug in now" in guest.get(response["Location"]).text
    assert not Hold.objects.exists()


def test_where_the_host_is_paid_no_card_is_asked_for_and_the_members_price_holds(world, melanie, guest):
    rate = Rate.objects.create(host=world.host, slug="house", name="House", currency="USD")
    definition = {"energy": [{"name": "all day", "price": "0.20"}]}
    version = RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=now())
    RateAssignment.objects.create(rate=rate, property=world.site, audience="member")
    StayTerms.objects.create(property=world.site, payment="host")
    guest.post(BOOKING, {"code": CODE})
    text = text_of(guest)
    assert "$0.20" in text
    assert "You settle it with the host: no card is asked for here." in text

    guest.post("/c/SUN001/1/start")

    session = Session.objects.get()
    assert (session.audience, session.rate_version, session.billed_to) == ("member", version, "host")
    assert ordering.start_paid(now=now()) == 0, "the start was ordered already"


def test_the_start_without_a_card_needs_the_phone(melanie, guest):
    RateAssignment.objects.all().delete()

    response = guest.post("/c/SUN001/1/start")

    assert response["Location"] == "/c/SUN001/1"
    assert not Session.objects.exists()


def test_a_start_that_was_left_undone_is_made_good(melanie, guest):
    RateAssignment.objects.all().delete()
    guest.post(BOOKING, {"code": CODE})
    guest.post("/c/SUN001/1/start")
    Command.objects.all().delete()

    assert ordering.start_paid(now=now()) == 1
    assert Command.objects.count() == 1
