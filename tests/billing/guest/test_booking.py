"""The booking is the key: proved at a charger by its code, by digits and day, or by its link."""

import ipaddress
import re
from datetime import timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import translation

from authorization.decide import reasons
from authorization.models import Decision, Stay, StayHours, StayKey
from billing.models import Hold, Rate, RateAssignment, RateVersion, Session, StayTerms
from billing.sessions.starting import ordering
from billing.sessions.visitors import booking_guesses
from chargers.models import Charger, Command, Connector, Property, Unit
from tests.kit.booking import _no_guesses_before, day_of, house, melanie, unit
from tests.kit.bookings import DAY, HOUR, booking, now
from tests.kit.connected_systems import connect
from tests.kit.guest import GOOD, guest, station
from tests.kit.property_systems import standing
from tests.kit.world import make_charger

__all__ = ["_no_guesses_before", "guest", "house", "melanie", "station", "unit"]
CODE = "HMABC12345"
BOOKING = "/c/SUN001/booking"
NOT_FOUND = "booking_not_found"


def by_digits(guest, stay, last4="4711"):
    return guest.post(BOOKING, {"last4": last4, "arrival": day_of(stay)})


def shows(response, code):
    """The prompt of this reason: its meaning and every next step."""
    advice = reasons.get(code).guest
    told = (advice.meaning, *(step.text for step in advice.next_steps))
    return all(words.replace("'", "&#x27;") in response.content.decode() for words in told)


def text_of(guest, path="/c/SUN001"):
    return " ".join(guest.get(path).content.decode().split())


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
    from authorization.decide import reasons

    return reasons.get(code).guest.meaning


def test_two_hours_before_and_one_after_are_open_and_the_minutes_around_them_are_not(world, house, unit, guest):
    for arrives, departs, is_open in (
        (now() + 2 * HOUR - timedelta(minutes=1), now() + 2 * DAY, True),
        (now() + 2 * HOUR + timedelta(minutes=1), now() + 2 * DAY, False),
        (now() - DAY, now() - HOUR + timedelta(minutes=1), True),
        (now() - DAY, now() - HOUR - timedelta(minutes=1), False),
    ):
        Stay.objects.all().delete()
        booking(house, world.site, unit, code=CODE, arrives_at=arrives, departs_at=departs)
        visitor = Client()
        visitor.post(BOOKING, {"code": CODE})
        assert ("Pay and start" in text_of(visitor)) is is_open


def test_an_unknown_code_a_wrong_digit_and_a_wrong_day_read_the_same(melanie, guest):
    wrong = [
        guest.post(BOOKING, {"code": "HMNOBODY99"}),
        by_digits(guest, melanie, last4="0000"),
        guest.post(BOOKING, {"last4": "4711", "arrival": "2031-01-01"}),
    ]

    assert {response.status_code for response in wrong} == {404}
    assert all(shows(response, NOT_FOUND) for response in wrong)
    notices = {re.search(r'<section class="notice.*?</section>', page.text, re.DOTALL).group() for page in wrong}
    assert len(notices) == 1
    assert not StayKey.objects.exists()


def test_the_sixth_try_is_refused_even_if_it_is_right_and_so_for_a_day_without_bookings(melanie, guest):
    for number in range(booking_guesses.OF_SOURCE):
        assert by_digits(guest, melanie, last4=f"000{number}").status_code == 404

    sixth = by_digits(guest, melanie)
    assert sixth.status_code == 429
    assert int(sixth["Retry-After"]) > 0
    for number in range(booking_guesses.OF_SOURCE):
        guest.post(BOOKING, {"last4": f"000{number}", "arrival": "2031-01-01"})
    assert guest.post(BOOKING, {"last4": "4711", "arrival": "2031-01-01"}).status_code == 429
    assert guest.post(BOOKING, {"code": CODE}).status_code == 302, "the code is no guess"


def test_codes_that_are_counted_need_the_day_of_arrival(world, house, unit, guest):
    stay = booking(house, world.site, unit, code="48213")

    asked = guest.post(BOOKING, {"code": "48213"})
    assert asked.status_code == 200
    assert "needs the day of your arrival" in asked.text
    assert guest.post(BOOKING, {"code": "48213", "arrival": "2031-01-01"}).status_code == 404
    assert guest.post(BOOKING, {"code": "48213", "arrival": day_of(stay)}).status_code == 302


def test_of_two_guests_with_the_same_digits_the_one_of_this_flat_comes_in(world, melanie, house, guest):
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    namesake = booking(house, world.site, other, code="HMOTHER111", guest_name="Ada", arrives_at=melanie.arrives_at)

    assert by_digits(guest, melanie).status_code == 302
    assert StayKey.objects.get().stay == melanie
    Stay.objects.filter(pk=namesake.pk).update(unit=melanie.unit)
    assert by_digits(Client(), melanie).status_code == 404, "nothing tells them apart here"


def test_a_code_of_another_house_of_the_host_opens_that_one_only(world, house, guest):
    villa = Property.objects.create(host=world.host, slug="villa", name="Villa", time_zone="America/New_York")
    make_charger(villa, "VIL1", station_id="VIL001")
    booking(house, villa, None, code="HMVILLA111")

    guest.post(BOOKING, {"code": "HMVILLA111"})

    assert shows(guest.get("/c/SUN001"), "wrong_charger_for_stay")
    assert "VIL001" in text_of(guest)


def test_a_code_of_another_host_is_no_code_here(world, house, melanie, guest):
    lakeside = world.stranger.memberships.get().host
    place = Property.objects.create(host=lakeside, slug="lake", name="Lake", access="private")
    make_charger(place, "LAK1", station_id="LAK001")

    assert guest.post("/c/LAK001/booking", {"code": CODE}).status_code == 404


def test_of_overlapping_stays_the_one_that_opens_this_charger_counts(world, house, unit, melanie, guest):
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    booking(house, world.site, other, code="HMSECOND11")
    guest.post(BOOKING, {"code": "HMSECOND11"})
    assert shows(guest.get("/c/SUN001"), "wrong_charger_for_stay")

    guest.post(BOOKING, {"code": CODE})

    assert "Pay and start" in text_of(guest)


def test_a_forwarded_link_opens_as_many_phones_as_the_host_allows(world, melanie):
    StayHours.objects.create(property=world.site, most_phones=1)
    Stay.objects.update(link_key="a-link-that-nobody-guesses")
    first, second = Client(), Client()
    assert first.post("/stay/a-link-that-nobody-guesses/").status_code == 302

    refused = second.post("/stay/a-link-that-nobody-guesses/")

    assert refused.status_code == 409
    assert shows(refused, "stay_on_other_phones")
    assert second.post(BOOKING, {"code": CODE}).status_code == 409
    assert first.post("/stay/a-link-that-nobody-guesses/").status_code == 302, "the same phone is one phone"
    StayKey.objects.update(ended_at=now())
    assert second.post(BOOKING, {"code": CODE}).status_code == 302


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


def test_a_later_stay_in_the_same_name_knows_the_phone_by_consent_only(world, house, unit, melanie):
    forgetful, remembered = Client(), Client()
    forgetful.post(BOOKING, {"code": CODE})
    remembered.post(BOOKING, {"code": CODE, "remember": "on"})
    Stay.objects.update(arrives_at=now() - 60 * DAY, departs_at=now() - 50 * DAY, access_to=now() - 50 * DAY + HOUR)
    booking(house, world.site, unit, code="HMAGAIN222")
    booking(house, world.site, unit, code="HMSTRANGE3", guest_name="Somebody Else")

    assert "Welcome, Melanie." in text_of(remembered)
    assert "Welcome" not in text_of(forgetful)


def test_a_phone_lets_go_of_the_booking(melanie, guest):
    guest.post(BOOKING, {"code": CODE})

    guest.post("/c/SUN001/let-go")

    assert "Welcome" not in text_of(guest)
    assert StayKey.objects.get().ended_at is not None


def test_a_changed_cookie_is_no_key(melanie, guest):
    guest.post(BOOKING, {"code": CODE})
    guest.cookies["stay_keys"] = guest.cookies["stay_keys"].value.replace(":", "x:", 1)

    assert "Welcome" not in text_of(guest)


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


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"code": "   "},
        {"last4": "471"},
        {"last4": "47110", "arrival": "2026-03-10"},
        {"last4": "٤٧١١", "arrival": "2026-03-10"},
        {"last4": "4711", "arrival": "10th"},
        {"last4": "4711"},
    ],
)
def test_what_cannot_be_a_booking_is_explained_and_counts_as_no_try(melanie, guest, typed):
    for _ in range(booking_guesses.OF_SOURCE + 1):
        assert guest.post(BOOKING, typed).status_code == 200
    assert by_digits(guest, melanie).status_code == 302


@pytest.mark.parametrize("code", ["HM\x00ABC12345", "A" * 61, "'; DROP TABLE", "𝔥𝔪𝔞𝔟𝔠"])
def test_hostile_codes_are_refused(melanie, guest, code):
    assert guest.post(BOOKING, {"code": code}).status_code in {200, 404}
    assert not StayKey.objects.exists()


@pytest.fixture
def folio(world, station, settings):
    """A house whose guests charge to their stay, at a system that stands on a port of its own."""
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    Property.objects.update(access="private")
    StayTerms.objects.create(property=world.site, payment="folio")
    with standing() as systems:
        site = SimpleNamespace(host=world.host, property=world.site, unit=None)
        source = connect(site, "apaleo", systems.url)
        booking(source, world.site, None, code=CODE, external_key="B-1")
        yield systems


def test_a_guest_charges_to_the_stay_without_a_card(folio, guest):
    guest.post(BOOKING, {"code": CODE})
    assert "It goes onto the bill of your stay: no card is asked for here." in text_of(guest)

    guest.post("/c/SUN001/1/start")

    session = Session.objects.get()
    assert (session.billed_to, session.holds.count()) == ("folio", 0)
    assert Command.objects.get().action == "RemoteStartTransaction"


@pytest.mark.parametrize("bills", [{"B-1": "Closed"}, {"*": "EUR"}])
def test_a_bill_that_takes_nothing_falls_back_to_the_card_and_says_so_before(folio, station, guest, bills):
    folio.bills = bills
    guest.post(BOOKING, {"code": CODE})

    page = guest.post("/c/SUN001/1/start")

    assert "The bill of your stay takes no charge now. Pay by card instead" in page.text
    assert "Pay and start" in page.text
    assert not Session.objects.exists()
    guest.post("/c/SUN001/1", {"card": GOOD, "version": station.pk})
    assert Session.objects.get().billed_to == ""
    assert Hold.objects.get().state == Hold.State.AUTHORISED
