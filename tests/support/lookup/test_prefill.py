"""What is known when somebody asks for help, by where they come from."""

import pytest

from billing.models import Session
from chargers.models import Charger, Property
from support.lookup import prefill
from support.lookup.prefill import Prefill
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import OF_SESSION, Detail
from tests.kit.callers import paid, rate
from tests.kit.drivers import NOW
from tests.kit.world import LONG_AGO, World

__all__ = ["paid", "rate"]
pytestmark = pytest.mark.django_db


def completed(given: dict[Detail, str], known: Prefill = Prefill()) -> Facts:  # noqa: B008 - frozen
    return prefill.complete_from_answers(known, given, email="", now=NOW)


def test_who_is_logged_in_need_not_give_an_address(world: World):
    known = prefill.of_driver(world.owner)

    assert (known.email, known.answered) == ("owner@example.com", {Detail.ACCOUNT_EMAIL})


def test_a_charger_says_where_it_stands(world: World):
    Property.objects.update(address="", city="Ocean City")
    known = prefill.of_charger(Charger.objects.select_related("property__host").get())

    assert known.details == {Detail.PROPERTY: "Sunset 1, Ocean City", Detail.CHARGER_ID: "SUN001"}
    assert known.facts.host == world.host


def test_the_link_of_a_session_proves_it_and_answers_all_of_it(world: World, paid: Session):
    known = prefill.of_session(paid)

    assert (known.facts.session, known.facts.proof) == (paid, Ticket.Proof.LINK)
    assert (known.details[Detail.AMOUNT], known.details[Detail.LAST4]) == ("9.00", "4242")
    assert known.email == "kim@example.com"
    assert known.answered >= OF_SESSION


def test_what_is_not_proved_is_asked(world: World, paid: Session):
    assert not Prefill(Facts(session=paid)).answered & OF_SESSION


@pytest.mark.parametrize("named", ["SUN001", "sun001"])
def test_a_station_that_is_named_is_found_while_it_is_in_service(world: World, named: str):
    assert completed({Detail.CHARGER_ID: named}).charger == world.charger

    Charger.objects.update(retired_at=LONG_AGO)
    assert completed({Detail.CHARGER_ID: named}).charger is None


def test_a_property_is_meant_where_one_alone_has_that_name(world: World):
    assert completed({Detail.PROPERTY: "sunset 1"}).property == world.site
    Property.objects.create(host=world.host, slug="sunset-1b", name="Sunset 1", time_zone="UTC")
    assert completed({Detail.PROPERTY: "Sunset 1"}).property is None
    Property.objects.filter(slug="sunset-1b").update(closed_at=LONG_AGO)
    assert completed({Detail.PROPERTY: "Sunset 1"}).property == world.site


def test_a_session_that_is_known_stays(world: World, paid: Session):
    known = prefill.of_session(paid)

    assert completed({Detail.PROPERTY: "Elsewhere", Detail.AMOUNT: "1.00"}, known) == known.facts
