"""The terms for guests of bookings, set by who manages the property."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import StayTerms
from billing.sessions.stays import acts
from billing.sessions.stays.acts import AgreedTerms

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
AGREED = AgreedTerms(payment="host", included_wh=20_000, included_per="day", discount_pct=Decimal("12.50"))


def test_they_are_stored_and_written_down_with_the_usual_ones_before(world):
    acts.set_terms(world.site, AGREED, by=world.owner, now=NOON)
    acts.set_terms(world.site, AGREED, by=world.owner, now=NOON)

    row = StayTerms.objects.get()
    assert (row.payment, row.included_wh, row.included_per, row.folio_lines) == ("host", 20_000, "day", "session")
    first, second = AuditEntry.objects.order_by("id")
    assert (first.verb, first.before["payment"], first.after["discount_pct"]) == (
        "property.stay_terms", "card", "12.50",
    )  # fmt: skip
    assert second.before == second.after


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_property_sets_none(world, person):
    with pytest.raises(NotAllowedError):
        acts.set_terms(world.site, AGREED, by=getattr(world, person), now=NOON)

    assert not StayTerms.objects.exists()
