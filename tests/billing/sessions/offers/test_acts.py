"""Bills that the records prove wrong: given back or dismissed by the host, and the limits up to which guests decide."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import RefundOffer, RefundOfferTerms
from billing.sessions.offers import acts
from billing.sessions.offers.offers import OfferError
from billing.sessions.offers.terms import TermsError, WantedTerms
from chargers.models import Property
from tests.kit import charging

NOW = datetime.now(tz=UTC)
LIMITS = WantedTerms(currency="USD", most_minor=200, month_minor=1000)


@pytest.fixture
def offer(world) -> RefundOffer:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.offer(charging.guest(world.charger))


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_host_gives_it_back_once(world, offer):
    given = acts.give(offer, by=world.owner, now=NOW)

    given.refund.refresh_from_db()
    assert (given.refund.state, given.refund.total_minor) == ("done", 100)
    with pytest.raises(OfferError):
        acts.give(offer, by=world.owner, now=NOW)
    assert verbs() == ["refund_offer.given"]


def test_a_host_dismisses_it_with_a_reason_and_it_is_given_no_more(world, offer):
    dismissed = acts.dismiss(offer, reason="The driver pulled the plug.", by=world.owner, now=NOW)

    assert (dismissed.state, AuditEntry.objects.get().reason) == ("dismissed", "The driver pulled the plug.")
    with pytest.raises(OfferError):
        acts.give(offer, by=world.owner, now=NOW)


def test_limits_are_set_and_turned_off_once(world):
    acts.set_terms(world.host, LIMITS, by=world.owner, now=NOW)

    assert acts.turn_off(world.host, by=world.owner, now=NOW)
    assert not acts.turn_off(world.host, by=world.owner, now=NOW)
    assert verbs() == ["refund_offer_terms.set", "refund_offer_terms.turned_off"]


def test_limits_that_make_no_sense_are_not_written_down(world):
    with pytest.raises(TermsError):
        acts.set_terms(world.host, WantedTerms(currency="USD", most_minor=500, month_minor=1), by=world.owner, now=NOW)

    assert (RefundOfferTerms.objects.count(), verbs()) == (0, [])


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_handle_money_decides_nothing(world, offer, person):
    by = getattr(world, person)

    with pytest.raises(NotAllowedError):
        acts.give(offer, by=by, now=NOW)
    with pytest.raises(NotAllowedError):
        acts.dismiss(offer, reason="No.", by=by, now=NOW)
    with pytest.raises(NotAllowedError):
        acts.set_terms(world.host, LIMITS, by=by, now=NOW)

    offer.refresh_from_db()
    assert (offer.state, verbs()) == ("waiting", [])
