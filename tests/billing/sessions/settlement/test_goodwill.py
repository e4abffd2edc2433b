"""What the platform gives: the whole of a receipt, where support started the session and pays for it."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Override, Receipt, Refund
from billing.sessions.settlement import goodwill
from chargers.models import Property
from tests.kit import charging

NOW = datetime.now(tz=UTC)


@pytest.fixture
def receipt(world) -> Receipt:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger).receipts.get()


def override(receipt: Receipt, payer: Override.Payer) -> None:
    Override.objects.create(
        session=receipt.session, payer=payer, most_wh=50_000, most_s=3600, starts_before=NOW + timedelta(hours=1),
        ordered_by="user:agent@example.com", reason="The app was down.", ordered_at=NOW,
    )  # fmt: skip


def test_the_whole_of_it_goes_back_at_the_platforms_cost_and_once(receipt):
    override(receipt, Override.Payer.PLATFORM)

    goodwill.give(receipt, now=NOW)
    goodwill.give(receipt, now=NOW)

    refund = Refund.objects.get()
    assert (refund.total_minor, refund.reason, refund.fault) == (900, "goodwill", "platform")
    assert refund.explanation == goodwill.EXPLANATION


@pytest.mark.parametrize("payer", [Override.Payer.GUEST, Override.Payer.HOST])
def test_where_somebody_else_pays_nothing_is_given(receipt, payer):
    override(receipt, payer)

    goodwill.give(receipt, now=NOW)

    assert not Refund.objects.exists()


def test_a_session_that_nobody_started_for_the_driver_is_paid_by_them(receipt):
    goodwill.give(receipt, now=NOW)

    assert (goodwill.catch_up(now=NOW), Refund.objects.count()) == (0, 0)


def test_what_could_not_be_given_then_is_given_by_the_next_round(receipt):
    override(receipt, Override.Payer.PLATFORM)

    assert goodwill.catch_up(now=NOW) == 1
    assert goodwill.catch_up(now=NOW) == 0
    assert Refund.objects.get().total_minor == 900
