"""Input of the decision engine: plain values that the loader fills in. Pure."""

import pytest

from authorization.decide.facts import (
    GuestFacts,
    GuestHold,
    LiveValidation,
    LiveValidationState,
    OrderedBy,
    OrderedStart,
)
from authorization.models import Decision
from tests.kit import site as sites
from tests.kit.decisions import Kind, Known, ask, site
from tests.kit.site import HOUR, NOON, UID

__all__ = ["site"]
pytestmark = pytest.mark.django_db


def test_it_stores_nothing_while_only_the_provider_can_tell(site):
    site.property.access = "public_roaming"
    site.property.save()
    sites.roaming_token(whitelist="NEVER")

    open_question = ask(site, known=Known(live=LiveValidation()))
    assert (open_question.verdict, open_question.provider_key) == ("would_ask_msp", "NL-EMS")
    assert not Decision.objects.exists()

    yes = LiveValidation(state=LiveValidationState.ANSWERED, answer="ALLOWED", took_ms=140)
    assert ask(site, known=Known(live=yes)).granted_by == "live_validation"


def test_it_remembers_the_providers_own_yes_for_a_quarter_of_an_hour(site):
    site.property.access = "public_roaming"
    site.property.save()
    sites.roaming_token(whitelist="NEVER")
    ask(site, known=Known(live=LiveValidation(state=LiveValidationState.ANSWERED, answer="ALLOWED")))

    assert ask(site, at=NOON + HOUR / 4).granted_by == "approved_recently"
    assert ask(site, at=NOON + HOUR / 3).reason == "live_validation_timeout"


def test_it_takes_a_guests_hold_from_the_caller(site):
    site.property.access = "guest"
    site.property.save()

    assert ask(site, Kind.GUEST).reason == "payment_required"
    hold = GuestFacts(hold=GuestHold(amount="40.00 USD"))
    assert ask(site, Kind.GUEST, known=Known(guest=hold)).granted_by == "guest_hold"
    order = OrderedStart(canonical_uid=UID, ordered_at=NOON, expires_at=NOON + HOUR, ordered_by="A guest")
    assert ask(site, Kind.START, known=Known(guest=hold, ordered_start=order)).granted_by == "start_ordered"


def test_it_tells_an_apps_order_from_the_portals(site):
    sites.roaming_token()

    assert ask(site, Kind.REMOTE_START).reason == "remote_start_roaming_off"
    assert ask(site, Kind.REMOTE_START, ordered_by=OrderedBy.PORTAL).granted_by == "start_ordered"
