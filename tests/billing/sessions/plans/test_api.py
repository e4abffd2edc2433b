"""Plans in the API: what a list costs does not grow with its rows."""

from datetime import UTC, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import User
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.plans import catalogue, changes, subscriptions
from billing.sessions.plans.catalogue import PlanTerms

GOOD = "4242424242424242"


def now():
    return datetime.now(tz=UTC)


def offer(fee_minor=990, *, included_wh=0):
    return PlanTerms(fee_minor=fee_minor, currency="USD", included_wh=included_wh)


def subscribe(plan, email):
    user = User.objects.create_user(email, None, sees_portal=False)
    driver = accounts.of_user(user, language="en", now=now())
    card = payment_cards.save(driver, card=GOOD, return_url="http://x/CARD", now=now())
    return subscriptions.subscribe(driver, plan, card=card, now=now())


def queries(ask):
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def test_a_list_of_plans_costs_the_same_however_many_there_are(world, callers):
    plan = catalogue.make(world.host, name="First", offer=offer(), now=now()).plan
    catalogue.change(plan, offer=offer(1990), now=now())
    few = queries(lambda: callers.owner.get("plans/"))

    for number in range(5):
        catalogue.make(world.host, name=f"More {number}", offer=offer(), now=now())

    assert queries(lambda: callers.owner.get("plans/")) == few
    told = {row["slug"]: row["newest"] for row in callers.owner.get("plans/").json()["results"]}
    assert (len(told), told["first"]["number"], told["first"]["fee_minor"]) == (6, 2, 1990)


def test_a_list_of_subscribers_costs_the_same_however_many_there_are(world, callers):
    plan = catalogue.make(world.host, name="First", offer=offer(), now=now()).plan
    period = subscribe(plan, "one@example.com")
    path = f"plans/{plan.pk}/subscribers/"
    assert callers.owner.get(path).json()["results"][0]["ends_at"] == period.ends_at.isoformat()
    few = queries(lambda: callers.owner.get(path))

    for number in range(4):
        subscribe(plan, f"more-{number}@example.com")

    assert queries(lambda: callers.owner.get(path)) == few
    assert len(callers.owner.get(path).json()["results"]) == 5


def test_the_energy_of_subscribers_costs_the_same_queries_for_ten_as_for_one(world, callers):
    first = catalogue.make(world.host, name="First", offer=offer(included_wh=50_000), now=now()).plan
    dear = catalogue.make(world.host, name="Dear", offer=offer(2990, included_wh=90_000), now=now()).plan
    path = f"plans/{dear.pk}/subscribers/"

    def change(number):
        """A subscriber whose energy partly came along from the plan before."""
        period = subscribe(first, f"driver-{number}@example.com")
        change = changes.offer(period.subscription, dear, now=now())
        changes.begin(period.subscription, dear, seen_amounts=(change.total_minor, change.credit_minor), now=now())

    change(1)
    few = queries(lambda: callers.owner.get(path))
    for number in range(2, 11):
        change(number)

    assert queries(lambda: callers.owner.get(path)) == few
    rows = callers.owner.get(path).json()["results"]
    assert [row["used_wh"] for row in rows] == [0] * 10
