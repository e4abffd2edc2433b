"""A host's plans: made, changed by a new version, closed to new subscribers; each written down."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import Plan
from billing.sessions.plans import catalogue
from billing.sessions.plans.acts import plans
from billing.sessions.plans.catalogue import PlanTerms

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFER = PlanTerms(fee_minor=990, currency="USD")


def test_a_new_version_keeps_the_name_unless_another_is_given(world):
    first = plans.add(world.host, name="Neighbour", offer=OFFER, by=world.owner, now=NOON)
    dearer = PlanTerms(fee_minor=1500, currency="USD", included_wh=50_000)
    second = plans.change(first.plan, first, offer=dearer, by=world.owner, now=NOON)
    assert Plan.objects.get().name == "Neighbour"

    plans.change(first.plan, second, offer=dearer, name="Commuter", by=world.owner, now=NOON)

    assert Plan.objects.get().name == "Commuter"
    made, changed, _ = AuditEntry.objects.order_by("id")
    assert (made.verb, made.after["fee_minor"]) == ("plan.made", 990)
    assert (changed.verb, changed.before["fee_minor"], changed.after["included_wh"]) == ("plan.changed", 990, 50_000)


def test_a_plan_is_closed_once(world):
    plan = plans.add(world.host, name="Neighbour", offer=OFFER, by=world.owner, now=NOON).plan

    assert plans.retire(plan, by=world.owner, now=NOON)
    assert not plans.retire(plan, by=world.owner, now=NOON)
    assert AuditEntry.objects.filter(verb="plan.retired").count() == 1


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_makes_and_closes_none(world, person):
    by, plan = getattr(world, person), catalogue.make(world.host, name="Neighbour", offer=OFFER, now=NOON).plan

    with pytest.raises(NotAllowedError):
        plans.add(world.host, name="Mine", offer=OFFER, by=by, now=NOON)
    with pytest.raises(NotAllowedError):
        plans.retire(plan, by=by, now=NOON)

    assert Plan.objects.filter(retired_at=None).get() == plan
    assert not AuditEntry.objects.exists()
