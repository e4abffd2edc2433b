"""Up to which amounts a host's guests may take back what was offered, without the host."""

from datetime import timedelta

import pytest

from billing.models import RefundOffer
from billing.sessions.offers import terms
from billing.sessions.offers.terms import TermsError, WantedTerms
from chargers.models import StatusReport
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.offers import broken_off, priced

__all__ = ["priced"]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_the_month_s_limit_counts_what_is_offered_as_taken(priced):
    terms.set_terms(priced.host, WantedTerms(currency="USD", most_minor=100, month_minor=150), now=YESTERDAY)

    for number, hours in enumerate((0, 3)):
        broken_off(
            priced, at=YESTERDAY.replace(hour=12) + timedelta(minutes=10 * hours), email=f"g{number}@example.com"
        )

    assert list(RefundOffer.objects.order_by("id").values_list("state", "limit")) == [
        ("offered", ""),
        ("waiting", "month"),
    ]


def test_an_idle_fee_that_ran_at_a_faulted_connector_is_offered(priced):
    terms.set_terms(priced.host, WantedTerms(currency="USD", most_minor=2000, month_minor=2000), now=YESTERDAY)
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    full = YESTERDAY + 2 * HOUR
    charging.read(row, 21_000, at=full)
    charging.report(priced.charger, "SuspendedEV", at=full)
    StatusReport.objects.create(
        charger=priced.charger,
        evse_number=1,
        connector_number=1,
        status="Faulted",
        at=full + timedelta(minutes=12),
        received_at=full,
    )
    for number in range(13):
        charging.message(priced.charger, at=full + number * timedelta(minutes=5))
    charging.finish(row, wh=20_000, at=full + HOUR)

    offer = RefundOffer.objects.get()
    assert (offer.lines, offer.reason, offer.total_minor) == (
        ["idle"],
        "not_idle",
        40,
    )  # from the fault on the engine bills nothing


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        (WantedTerms(currency="USD", most_minor=0, month_minor=10), "most_minor", "above zero"),
        (WantedTerms(currency="USD", most_minor=10**6, month_minor=10**6), "most_minor", "needs a second person"),
        (WantedTerms(currency="USD", most_minor=200, month_minor=100), "month_minor", "at least one session"),
    ],
)
def test_limits_that_make_no_sense_are_refused(world, wanted, field, words):
    with pytest.raises(TermsError, match=words) as refused:
        terms.set_terms(world.host, wanted, now=YESTERDAY)

    assert refused.value.field == field
