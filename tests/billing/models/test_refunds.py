"""Refunds and their parts: why the processor refused one."""

import pytest

from billing.models import RefundPart
from chargers.lib import ids
from tests.kit import charging


@pytest.mark.django_db
def test_the_failure_of_a_refund_is_that_of_its_parts_that_were_refused(world):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    refund = charging.refund(session)
    assert refund.failure == ""

    refund.parts.update(state="refused", failure="The card was closed.")
    RefundPart.objects.create(
        id=ids.generate(now=charging.YESTERDAY),
        refund=refund,
        amount_minor=40,
        state="sending",
        failure="No answer came.",
    )

    assert refund.failure == "The card was closed."
