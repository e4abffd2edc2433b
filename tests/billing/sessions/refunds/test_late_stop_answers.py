"""What a late stop says once a second person has decided about its refund."""

from decimal import Decimal

import pytest

from billing.models import Refund
from billing.sessions.refunds import late_stop_answers, refunds
from tests.billing.conftest import minutes
from tests.kit.settle import closed, stops


def test_it_does_not_announce_a_refund_as_going_back_while_it_waits_for_a_second_person(site, settings):
    settings.REFUND_ALONE_UP_TO = Decimal("0.30")
    _, row = closed(site)

    found = stops(site, row, 5000)

    assert Refund.objects.get().state == "waiting"
    assert found.outcome == "refund_waits"
    assert found.sentence.endswith(
        "With it the session costs 2.60 USD instead of 3.00 USD. A refund of 0.40 USD waits for a second person; only "
        "if they agree does it go back."
    )


@pytest.mark.parametrize(
    ("approves", "outcome", "ends"),
    [
        (True, "refunded", "instead of 3.00 USD: 0.40 USD goes back."),
        (False, "declined", "A second person declined the refund of 0.40 USD: the price stays."),
    ],
)
def test_it_says_what_the_second_person_decided(site, settings, approves, outcome, ends):
    settings.REFUND_ALONE_UP_TO = Decimal("0.30")
    _, row = closed(site)
    found = stops(site, row, 5000)

    refunds.answer(Refund.objects.get().pk, approves=approves, by="Olive", now=minutes(800))

    found.refresh_from_db()
    assert found.outcome == outcome
    assert found.sentence.endswith(ends)


def test_a_refund_that_people_asked_for_changes_no_late_stop(site, settings):
    settings.REFUND_ALONE_UP_TO = 0
    _, row = closed(site)
    late = stops(site, row, 5000)
    by_hand = Refund.objects.get()
    by_hand.asked_by, by_hand.state = "user:owner@example.com", Refund.State.DECLINED

    late_stop_answers.update_for_refund(by_hand)

    late.refresh_from_db()
    assert late.outcome == "refund_waits"
