"""The settings of the host that decide about a ticket's topic: what is set, and the page where it is changed."""

from datetime import timedelta

import pytest

from billing.sessions.offers import terms
from billing.sessions.offers.terms import WantedTerms
from chargers.models import Property
from support.context import facts
from support.tickets.lifecycle import Facts
from tests.kit.facts import at_charger, now, paid
from tests.kit.payouts import Books
from tests.kit.tickets import opened

__all__ = ["paid"]
pytestmark = pytest.mark.django_db


def test_the_settings_that_decide_are_beside_a_ticket_about_charging(world, paid):
    Property.objects.update(access="private")
    ticket = at_charger(world, topic=3)

    found = {one.label: one.value for one in facts.load(ticket, now=now()).settings}

    assert (found["Who may charge"], found["Rate of guests"], found["Licence"]) == ("Private", "Plain", "Active")
    assert found["Safe ladder"] == "Off"


def test_the_price_and_the_host_s_limits_are_beside_a_ticket_about_a_bill(world, paid):
    terms.set_terms(world.host, WantedTerms(currency="USD", most_minor=500, month_minor=5000), now=now())

    settings = facts.load(at_charger(world, topic=4, session=paid), now=now()).settings

    [price, offers] = settings
    assert price.label == "Plain, version 1"
    assert "per kWh" in price.value
    assert "10 minutes" in price.value, "the idle fee's grace"
    assert "5.00" in offers.value
    assert all(one.url.startswith("/") for one in settings)


def test_the_agreement_and_the_account_are_beside_a_ticket_about_payouts(world):
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="weekly")
    books.sale(1190, tax=190, at=now() - timedelta(days=3))
    ticket = opened(topic=10, facts=Facts(host=world.host), now=now())

    [agreement, account] = facts.load(ticket, now=now()).settings

    assert "Cycle: Every week" in agreement.value
    assert account.value == "Nothing can be paid: there is no confirmed bank account."
