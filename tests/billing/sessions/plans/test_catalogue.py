"""Plans that hosts offer: made, changed by a new version, retired."""

from billing.models import (
    SimulatedPayment,
)
from billing.sessions.plans import catalogue
from billing.sessions.plans.catalogue import PlanTerms
from tests.kit.plan_changes import change
from tests.kit.subscriptions import START, only


def test_a_plan_that_costs_the_same_costs_nothing_to_take(site, subscribed):
    same = catalogue.make(site.host, name="Twin", offer=PlanTerms(fee_minor=3100, currency="USD"), now=START).plan

    done = change(same)

    assert (done.state, done.due_minor, done.back_minor) == ("done", 0, 0)
    assert SimulatedPayment.objects.count() == 1
    assert only().plan == same
