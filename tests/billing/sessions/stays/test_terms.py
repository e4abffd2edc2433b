"""What a guest of a booking pays at a property, how, and what is included."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from authorization.models import Stay
from billing.models import StayTerms
from billing.sessions.stays import terms
from tests.kit import bookings, charging

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def stay(world) -> Stay:
    return bookings.booking(bookings.connection(world.host), world.site, None, code="HM1")


def test_without_a_choice_guests_pay_by_card_and_nothing_is_stored(world):
    usual = terms.get_or_default(world.site)

    assert (usual.payment, usual.included_wh) == (StayTerms.Payment.CARD, 0)
    assert not StayTerms.objects.exists()
    StayTerms.objects.create(property=world.site, payment="host")
    assert terms.get_or_default(world.site).payment == StayTerms.Payment.HOST


def test_they_pay_members_price_or_else_that_of_guests_or_else_nothing(world):
    def audience() -> tuple[bool, str]:
        resolved, as_whom = terms.rate(world.charger, evse_number=1, at=datetime.now(tz=UTC))
        return resolved.version is not None, as_whom

    assert audience() == (False, "member")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    assert audience() == (True, "guest")
    charging.assign(charging.make_rate(world.host, slug="house"), world.site, "member")
    assert audience() == (True, "member")


def test_nothing_is_included_unless_it_is_said(stay):
    assert terms.allowance(stay, StayTerms(property=stay.property), at=NOON) is None


@pytest.mark.parametrize(
    ("per", "at", "period"),
    [
        ("stay", NOON, "stay:{pk}"),
        ("day", NOON, "stay:{pk}:2026-03-10"),
        ("day", datetime(2026, 3, 11, 3, 59, tzinfo=UTC), "stay:{pk}:2026-03-10"),
        ("day", datetime(2026, 3, 11, 4, 0, tzinfo=UTC), "stay:{pk}:2026-03-11"),
    ],
)
def test_a_day_of_it_is_one_of_the_propertys_calendar(stay, per, at, period):
    included = StayTerms(property=stay.property, included_wh=10_000, included_per=per, discount_pct=Decimal("12.50"))

    made = terms.allowance(stay, included, at=at)

    assert made["period"] == period.format(pk=stay.pk)
    assert (made["included_wh"], made["discount_pct"], made["waives"]) == (10_000, "12.5", [])


def test_a_discount_alone_is_an_allowance_too(stay):
    assert (
        terms.allowance(stay, StayTerms(property=stay.property, discount_pct=Decimal(10)), at=NOON)["stay"] == stay.pk
    )
