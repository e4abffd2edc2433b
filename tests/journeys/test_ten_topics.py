"""The ten topics of the article, each from the first sentence of a guest, driver or host to the solved ticket.

Every detail that the article asks for is asked once, and only if it is unknown.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import Client

from authorization.models import AccessRequest, PmsListing, Stay
from authorization.pms import connections, sync
from authorization.pms.connections import ConnectionSettings
from billing.models import Driver, OutgoingMail, Override, RateVersion, Receipt, Refund, Session, Subscription
from chargers.models import Charger, Command, Property, Unit
from tests.kit import charging, payouts, property_systems, sent_payouts
from tests.kit import gateway as gateways
from tests.kit.drivers import driver_of
from tests.kit.guest_charger import Charger as Device
from tests.kit.guest_charger import site
from tests.kit.plays import Desk, Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["site"]

WHEN = "2026-11-20T18:00"


@pytest.fixture
def base(site: str) -> Iterator[str]:
    RateVersion.objects.update(created_at=charging.YESTERDAY - timedelta(days=7))
    return site.replace("ws://", "http://").removesuffix("/ocpp")


def eventually(question: Callable[[], bool]) -> None:
    """Once the real charger has answered."""
    until = time.monotonic() + 20
    while not question():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_1_the_charger_is_offline(chromium, base, site, world):
    guest = Person(chromium, base, answers={"attempted_at": WHEN}, email="kim@example.com")
    answer = guest.asks("/c/SUN001", "the charger is dead, it is offline")
    ticket = guest.goes_on()

    assert "Charger is out of order" in answer
    assert (ticket.topic, set(guest.asked), len(guest.tried)) == (1, {"attempted_at", "address"}, 4)
    with Device(site):
        desk = Desk(chromium, base, world, ticket)
        assert "restarts" in desk.uses("reset", kind="soft")
        eventually(lambda: Charger.objects.get().connection_id is None)
        desk.solves("It has started again: please try once more.")
    assert Command.objects.get(action="Reset").state == "accepted"
    guest.reads("It has started again")


def test_2_plugged_in_but_the_car_does_not_charge(chromium, base, world):
    now = datetime.now(tz=UTC)
    session = charging.paid_for(world.charger, at=now - timedelta(minutes=9))
    charging.start(world.charger, uid=session.id_token, at=now - timedelta(minutes=8))
    guest = Person(chromium, base, answers={"vehicle_message": "Charging unsuccessful"}, email="kim@example.com")
    answer = guest.asks(f"/s/{session.secret}/", "plugged in but the car is not charging")
    ticket = guest.goes_on()

    assert "no energy has flowed so far" in answer
    assert guest.tried
    assert (ticket.topic, ticket.session) == (2, session)
    assert set(guest.asked) == {"vehicle_message", "screenshot"}
    desk = Desk(chromium, base, world, ticket)
    desk.page.get_by_role("link", name="Use the suggested reply").click()
    desk.page.wait_for_url("**suggested=1**")
    reply = desk.page.get_by_label("Reply", exact=False).first.input_value()
    desk.sends()
    guest.reads(reply.splitlines()[2][:40])


def test_3_not_allowed_to_use_this_charger(chromium, base, world):
    Property.objects.update(access="private")
    guest = Person(chromium, base, answers={"account_email": "kim@example.com"})
    answer = guest.asks("/help/c/SUN001/", "it says I am not allowed to use this charger")
    ticket = guest.goes_on()

    assert "private" in answer.lower()
    assert (ticket.topic, set(guest.asked), ticket.email) == (3, {"account_email"}, "kim@example.com")
    desk = Desk(chromium, base, world, ticket)
    assert "SUN001" in desk.uses("let-in", name="Kim", hours="24")
    desk.solves("You can charge there until tomorrow.")
    assert AccessRequest.objects.get().state == "granted"
    guest.reads("until tomorrow")


def test_4_charged_too_much_asked_by_somebody_of_whom_nothing_is_known(chromium, base, world):
    session = charging.guest(world.charger)
    answers = {
        "charger_id": "SUN001",
        "attempted_at": f"{session.started_at.astimezone(ZoneInfo(world.site.time_zone)):%Y-%m-%dT%H:%M}",
        "last4": "4242",
        "amount": "9.00",
        "property": "Sunset 1",
    }
    guest = Person(chromium, base, answers=answers, email="kim@example.com")
    guest.asks("/help/", "I was charged too much, I want a refund")
    ticket = guest.goes_on()

    assert (ticket.topic, ticket.session) == (4, session)
    assert set(guest.asked) == {"charger_id", "attempted_at", "last4", "address"}, "the amount follows from the session"
    desk = Desk(chromium, base, world, ticket)
    preview = desk.uses("refund", lines="connection", cause="goodwill", explanation="The fee is given back.")
    assert "$0.50 goes back to the card ending 4242" in preview
    desk.solves("We have given the connection fee back.")
    assert Refund.objects.get().total_minor == 50
    assert Receipt.objects.filter(kind="credit_note").count() == 1
    guest.reads("given the connection fee back")


def test_5_why_is_this_session_so_expensive(chromium, base, world):
    session = charging.guest(world.charger)
    guest = Person(chromium, base)
    answer = guest.asks(f"/help/s/{session.secret}/", "why is this session so expensive?")
    ticket = guest.goes_on()

    assert "$0.50" in answer
    assert (ticket.topic, ticket.session, dict(guest.asked)) == (5, session, {})
    desk = Desk(chromium, base, world, ticket)
    desk.page.get_by_role("link", name="Reply with the bill by line").click()
    desk.page.wait_for_url("**breakdown=1**")
    assert "$0.50" in desk.page.get_by_label("Reply", exact=False).first.input_value()
    desk.sends()
    guest.reads("$0.50")


def test_6_a_plan_is_cancelled_and_the_account_stays(chromium, base, world):
    plan = charging.refused_of_plan(world.host, email="kim@example.com").period.subscription
    Subscription.objects.update(state="active", ended_at=None)
    guest = Person(chromium, base, answers={"cancel_or_delete": "cancel", "account_email": "kim@example.com"})
    answer = guest.asks("/help/", "I am moving away and want to cancel my subscription")
    ticket = guest.goes_on()

    assert "Log in to your account" in answer
    assert ticket.topic == 6
    assert set(guest.asked) <= {"account_email", "cancel_or_delete"}
    desk = Desk(chromium, base, world, ticket)
    desk.uses("ask-who")
    asked = chromium.new_page()
    asked.goto(f"{base}{OutgoingMail.objects.get(page__startswith='/help/i/').page}")
    asked.get_by_role("button", name="Yes, this is my request").click()
    asked.close()
    desk.uses("end-plan", plan=str(plan.pk), ends="period")
    desk.solves("Your plan ends with the month. Your account stays.")
    plan.refresh_from_db()
    assert plan.ends_at_period_end
    assert Driver.objects.get(pk=plan.driver_id).deleted_at is None
    guest.reads("Your account stays")


def test_7_the_email_address_is_changed_once_its_link_is_opened(chromium, base, world):
    driver = driver_of()
    session = charging.guest(world.charger)
    Session.objects.update(driver=driver)
    local = session.started_at - timedelta(hours=5)  # New York
    answers = {
        "account_email": "kim@example.com",
        "new_email": "kim@new.example",
        "last4": "4242",
        "attempted_at": f"{local:%Y-%m-%dT%H:%M}",
    }
    guest = Person(chromium, base, answers=answers)
    guest.asks("/help/", "I want to change my e-mail address")
    guest.email = "kim@new.example"
    ticket = guest.goes_on()

    assert ticket.topic == 7
    assert {"account_email", "new_email", "last4"} <= set(guest.asked)
    desk = Desk(chromium, base, world, ticket)
    values = {"email": "kim@new.example", "session_date": f"{local:%Y-%m-%d}", "last4": "4242"}
    assert "They named the date" in desk.uses("change-email", **values)
    desk.solves("Open the link that we have sent to the new address.")
    Client().post(OutgoingMail.objects.get(address="kim@new.example", subject="Confirm your new e-mail address").page)
    driver.user.refresh_from_db()
    assert driver.user.email == "kim@new.example"
    guest.reads("Open the link")


def test_8_a_charger_is_assigned_to_its_unit(chromium, base, world):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    host = Person(chromium, base, user=world.owner, answers={"charger_id": "SUN001", "pms_connected": "no"})
    answer = host.asks("/support/ask/", "my new charger does not appear under the right property")
    ticket = host.goes_on()

    assert "charger" in answer
    assert (ticket.topic, ticket.asker) == (8, "host")
    assert "property" not in host.asked
    assert host.asked["charger_id"] == 1
    desk = Desk(chromium, base, world, ticket)
    desk.uses("assign", place=f"{world.site.pk}/{unit.pk}")
    desk.solves("It belongs to Apartment 2B now.")
    assert Charger.objects.get().unit == unit
    host.reads("Apartment 2B now")


def test_8_bookings_that_do_not_come_become_stays(chromium, world, transactional_db, settings):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    networks = {"OUTBOUND_ALLOWED_NETWORKS": "127.0.0.0/8"}
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with property_systems.standing() as calendar, gateways.running(more=networks) as gateway:
        base = gateway.url.replace("ws://", "http://").removesuffix("/ocpp")
        calendar.calendar = property_systems.airbnb(property_systems.reserved("HMABCDEFGH", "20270103", "20270107"))
        now = datetime.now(tz=UTC)
        wanted = ConnectionSettings(
            name="Our calendar", kind="ical", url=f"{calendar.url}/calendar.ics", credentials={}
        )
        with transaction.atomic():
            made = connections.add(world.host, wanted, now=now)
        PmsListing.objects.get_or_create(connection=made, key="*", defaults={"added_at": now})
        host = Person(chromium, base, user=world.owner, answers={"charger_id": "SUN001"})
        answer = host.asks("/support/ask/", "the PMS does not sync my bookings")
        ticket = host.goes_on()

        assert "Our calendar" in answer
        assert ticket.topic == 8
        assert not {"property", "pms_name", "pms_connected"} & set(host.asked)
        desk = Desk(chromium, base, world, ticket)
        listing = PmsListing.objects.get()
        desk.uses("pms-sync", what=f"listing:{listing.pk}", place="sunset-1/2b")
        assert connections.due(now=datetime.now(tz=UTC)) == [made.pk]
        sync.run(made.pk, now=datetime.now(tz=UTC))
        desk.solves("Your bookings are here now.")
        host.reads("bookings are here now")
    stay = Stay.objects.get()
    assert (stay.unit, "HMABCDEFGH" in stay.reference) == (unit, True)


def test_9_a_guest_cannot_start_and_support_starts_for_them(chromium, base, site, world):
    with Device(site):
        guest = Person(chromium, base, answers={"attempted_at": WHEN}, email="kim@example.com")
        answer = guest.asks("/c/SUN001", "the app does not go on after I paid")
        ticket = guest.goes_on()

        assert "can be used now" in answer
        assert (ticket.topic, set(guest.asked)) == (9, {"attempted_at", "screenshot", "address"})
        desk = Desk(chromium, base, world, ticket)
        preview = desk.uses("override", payer="host", kwh="10", minutes="60")
        assert "nothing is billed to anybody" in preview
        desk.solves("It charges now. Nothing is billed for it.")
        guest.reads("It charges now")
        eventually(lambda: Session.objects.get().transaction is not None)
    assert Override.objects.get().payer == "host"


def test_10_a_payout_is_explained_to_the_cent(chromium, base, world):
    known = payouts.Books(host=world.host, place=world.site, charger=world.charger)
    payout = sent_payouts.approved(known)
    host = Person(chromium, base, user=world.owner)
    answer = host.asks("/support/ask/", f"payout {payout.label} does not match my dashboard")
    ticket = host.goes_on()

    assert f"What {payout.label} is made of:" in answer
    assert "= $10.00" in answer
    assert (ticket.topic, ticket.payout) == (10, payout)
    assert set(host.asked) <= {"amount"}
    desk = Desk(chromium, base, world, ticket)
    desk.page.get_by_role("link", name=f"From sessions to {payout.label} (PDF)").wait_for()
    desk.solves("The dashboard shows sessions by their day, the payout what has arrived.")
    host.reads("by their day")
