"""Which session somebody means: by time, amount, card and address, with the certainty in words."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Session
from chargers.models import Property
from support.context import matching
from support.context.matching import Certainty, Claim
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db
NOW = YESTERDAY + timedelta(days=1)
NINE = Decimal("9.00")


@pytest.fixture
def paid(world: World) -> Session:
    """A guest paid 9.00 with the card ending in 4242."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger)


def best(claim: Claim) -> matching.Match | None:
    return next(iter(matching.sessions(claim, now=NOW)), None)


def test_time_amount_and_card_are_certain(world, paid):
    found = best(Claim(charger=world.charger, at=YESTERDAY + timedelta(minutes=20), amount=NINE, last4="4242"))

    assert found is not None
    assert (found.session, found.certainty) == (paid, Certainty.CERTAIN)
    assert found.sentence.startswith("Certain: the time (")
    assert found.sentence.endswith("), the amount of $9.00 and the card ending in 4242 agree.")


@pytest.mark.parametrize(
    ("changes", "certainty"),
    [
        ({"last4": ""}, Certainty.LIKELY),
        ({"last4": "1111"}, Certainty.LIKELY),
        ({"last4": "", "amount": None}, Certainty.POSSIBLE),
        ({"amount": None}, Certainty.CERTAIN),
        ({"at": None}, Certainty.CERTAIN),
        ({"at": None, "last4": ""}, Certainty.POSSIBLE),
        ({"last4": "", "email": "kim@example.com"}, Certainty.CERTAIN),
        ({"amount": Decimal("40.00")}, Certainty.LIKELY),
    ],
)
def test_less_is_less_certain(world, paid, changes: dict[str, object], certainty: Certainty):
    whole = {"charger": world.charger, "at": YESTERDAY, "amount": NINE, "last4": "4242"}

    found = best(Claim(**(whole | changes)))  # type: ignore[arg-type]

    assert found is not None
    assert found.certainty == certainty


def test_it_says_what_differs(world, paid):
    found = best(Claim(property=world.site, at=YESTERDAY, amount=Decimal("40.00"), last4="4242"))

    assert found is not None
    assert found.sentence.endswith("agree, but the amount is what was held, $9.00 was charged.")


def test_nothing_agrees_with_another_day(world, paid):
    assert best(Claim(charger=world.charger, at=YESTERDAY - timedelta(days=5), amount=NINE, last4="4242")) is None


def test_another_place_has_none(world, paid):
    other = make_charger(world.site, "CP2", station_id="SUN002")

    assert best(Claim(charger=other, at=YESTERDAY, amount=NINE, last4="4242")) is None


def test_without_a_place_only_the_address_finds_one(world, paid):
    assert best(Claim(at=YESTERDAY, amount=NINE, last4="4242")) is None
    found = best(Claim(at=YESTERDAY, email="Kim@example.com"))
    assert found is not None
    assert found.session == paid


def test_time_and_card_prove_that_a_session_is_somebody_s(world, paid):
    whole = {"charger": world.charger, "at": YESTERDAY, "last4": "4242"}

    assert matching.find_proven_session(Claim(**whole), now=NOW) == paid  # type: ignore[arg-type]
    for lacking in ({"last4": "1111"}, {"last4": ""}, {"at": None}, {"at": YESTERDAY - timedelta(hours=5)}):
        assert matching.find_proven_session(Claim(**(whole | lacking)), now=NOW) is None  # type: ignore[arg-type]


def test_an_address_that_was_typed_proves_nothing(world, paid):
    claim = Claim(charger=world.charger, at=YESTERDAY, amount=NINE, email="kim@example.com")

    assert matching.find_proven_session(claim, now=NOW) is None


def test_what_began_after_it_was_written_is_not_meant(world, paid):
    claim = Claim(charger=world.charger, at=YESTERDAY + timedelta(minutes=10))

    assert matching.sessions(claim, now=YESTERDAY - timedelta(minutes=1)) == []
    assert [one.session for one in matching.sessions(claim, now=YESTERDAY + timedelta(hours=5))] == [paid]


def test_the_nearest_comes_first_and_says_how_far_it_is(world, paid):
    others = [charging.guest(world.charger, at=YESTERDAY + timedelta(hours=4 + number)) for number in range(5)]
    said = YESTERDAY + timedelta(hours=4) - timedelta(minutes=12)

    first = matching.sessions(Claim(charger=world.charger, at=said), now=NOW)[0]

    assert first.session == others[0]
    assert first.sentence.startswith("Possible: it began at ")
    assert first.sentence.endswith(", 13 min later.")


def test_it_reads_the_clock_of_the_place(world):
    assert matching.moment("2026-11-20T18:05", property_=world.site) == datetime.fromisoformat("2026-11-20T23:05+00:00")
    assert matching.moment("", property_=world.site) is None


def test_it_costs_as_many_queries_however_many_sessions_there_are(world, paid, django_assert_max_num_queries):
    for number in range(5):
        charging.guest(world.charger, at=YESTERDAY + timedelta(hours=3 + number), email=f"g{number}@example.com")

    with django_assert_max_num_queries(3):
        matching.sessions(Claim(charger=world.charger, at=YESTERDAY, amount=NINE, last4="4242"), now=NOW)
