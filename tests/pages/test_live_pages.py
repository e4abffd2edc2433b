"""Pages that replace themselves while a car charges: they follow live, and admit when they cannot."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import User
from billing.models import Session
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.lifecycle import lifecycle
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Charger
from tests.kit import charging
from tests.kit import gateway as gateways
from tests.kit.guest import guest, pay, station
from tests.kit.running import begun

__all__ = ["guest", "station"]


def part(session):
    """What the page asks for every three seconds."""
    return Client().get(f"/s/{session.secret}/", headers={"HX-Request": "true"}).content.decode()


def test_the_address_that_was_given_follows_live(station, guest):
    pay(guest, station)
    session = Session.objects.get()
    assert "The receipt goes to guest@example.com." in part(session)

    Client().post(f"/s/{session.secret}/email", {"email": "other@example.com"})

    assert "The receipt goes to other@example.com." in part(session)


def test_the_price_follows_live(station, guest):
    pay(guest, station)

    assert "$0.35 per kWh" in part(Session.objects.get())


def test_a_page_that_refreshes_itself_without_a_script_has_no_field_to_type_in(station, guest):
    pay(guest, station)
    address = f"/s/{Session.objects.get().secret}/"

    text = guest.get(address).content.decode()

    assert 'http-equiv="refresh"' in text
    assert 'type="email"' not in text
    assert f'<noscript><p><a href="{address}">Refresh</a></p></noscript>' in text


def test_the_form_for_the_address_has_a_page_of_its_own_that_stays(station, guest):
    pay(guest, station)
    session = Session.objects.get()

    text = guest.get(f"/s/{session.secret}/email").content.decode()
    after = guest.post(f"/s/{session.secret}/email", {"email": "kim@example.com"}, follow=True).content.decode()

    assert "refresh" not in text
    assert 'value="guest@example.com"' in text
    assert "The receipt goes to kim@example.com." in after


@pytest.fixture
def subscriber(world):
    """A driver whose plan includes energy, of which nothing is used."""
    now = datetime.now(tz=UTC)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now, ocpp_version="1.6")
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    user = User.objects.create_user("subscriber@example.com", None, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=now)
    card = payment_cards.save(driver, card="4242424242424242", return_url="http://x/CARD", now=now)
    plan = catalogue.make(
        world.host, name="Home", offer=PlanTerms(fee_minor=990, currency="USD", included_wh=100_000), now=now
    )
    subscriptions.subscribe(driver, plan.plan, card=card, now=now - timedelta(hours=3))
    return driver


def benefit(session, driver):
    """What the session would have been given, had the driver been logged in."""
    at = datetime.now(tz=UTC)
    brought = lifecycle._find_benefits(driver, session.property, now=at)
    Session.objects.filter(pk=session.pk).update(driver=driver, benefits=brought)
    return Session.objects.get(pk=session.pk)


def test_the_card_of_the_plan_says_what_the_session_leaves_of_the_allowance(world, subscriber):
    now = datetime.now(tz=UTC).replace(microsecond=0)
    session = benefit(begun(world.charger, at=now - timedelta(hours=1), now=now, wh=4000), subscriber)

    included_wh = session.benefits["included_wh"]

    assert f"{(included_wh - 4000) / 1000:.3f} kWh of its energy are left" in part(session)
    charging.report(world.charger, "SuspendedEV", at=now)
    row = session.transaction
    row.stopped_at = row.stop_received_at = now
    row.meter_stop_wh = 1000 + 7000
    row.save()
    lifecycle.stop(row)

    text = part(Session.objects.get(pk=session.pk))
    assert "please unplug" in text
    assert f"{(included_wh - 7000) / 1000:.3f} kWh of its energy are left" in text


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_phone_that_lost_its_connection_says_that_the_page_may_be_out_of_date(world, transactional_db, chromium):
    type(world.site).objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    now = datetime.now(tz=UTC).replace(microsecond=0)
    session = begun(world.charger, at=now - timedelta(hours=1), now=now)
    with gateways.running() as gateway:
        base = gateway.url.replace("ws://", "http://").removesuffix("/ocpp")
        context = chromium.new_context(viewport={"width": 375, "height": 900})
        page = context.new_page()
        page.goto(f"{base}/s/{session.secret}/")
        told = page.get_by_role("status").get_by_text("No connection: this page may be out of date")
        assert not told.is_visible()
        page.get_by_text("Price", exact=True).click()
        assert not page.get_by_text("$0.40 per kWh").is_visible()

        context.set_offline(True)
        told.wait_for(timeout=10_000)

        context.set_offline(False)
        told.wait_for(state="hidden", timeout=10_000)
        assert not page.get_by_text("$0.40 per kWh").is_visible(), "what was folded stays so"
        context.close()
