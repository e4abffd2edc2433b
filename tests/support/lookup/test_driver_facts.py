"""What is known of a logged-in driver who asks for help: their sessions, refused cards, plans and payment cards."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.models import Session
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from tests.kit.drivers import driver_of
from tests.kit.guest_asking import Talk, _nobody_was_counted_yet, paid

__all__ = ["_nobody_was_counted_yet", "paid"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_a_driver_hears_of_plan_and_card_and_nobody_else_reads_it(world, client_of):
    driver = driver_of()
    card = payment_cards.save(driver, card="4242424242424242", return_url="http://x/CARD", now=NOW)
    plan = catalogue.make(world.host, name="Home", offer=PlanTerms(fee_minor=990, currency="USD"), now=NOW).plan
    subscriptions.subscribe(driver, plan, card=card, now=NOW)
    talk = Talk("/help/", "How do I cancel my subscription?", client=client_of(driver.user))

    assert "You have the plan “Home” of Sunset Stays: $9.90 a month." in talk.page
    assert "ending 4242" in talk.page
    assert "/drive/plans/" in talk.page
    assert Client().get(talk.address).status_code == 404
    assert client_of(world.stranger).get(talk.address).status_code == 404


def test_a_logged_in_driver_is_asked_for_neither_station_nor_card(world, paid, client_of):
    driver = driver_of("kim@example.com")
    client = client_of(driver.user)

    talk = Talk("/help/", "I was charged too much", client=client)
    assert ('name="charger_id"' in talk.page, 'name="last4"' in talk.page) == (False, False)
    assert 'name="attempted_at"' in talk.page
    Session.objects.filter(pk=paid.pk).update(driver=driver)
    talk = Talk("/help/", "The charger does not start", client=client)
    assert 'name="charger_id"' not in talk.page
    assert talk.row.charger == world.charger
