"""Rates > Plans: the host's monthly plans for drivers, and their subscribers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from billing.models import Plan, PlanChange, Session, Subscription, SubscriptionPeriod
from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from tests.kit import charging
from tests.kit.callers import Api, make_key
from tests.kit.drivers import GOOD, driver_of, text_of
from tests.kit.plans import at_kims, change_of, commuter, kim, plan, subscribed

__all__ = ["at_kims", "commuter", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
SAID = {
    "name": "Neighbour", "fee": "9.90", "tax_pct": "19", "included_kwh": "50", "discount_pct": "10",
    "waives": ["connection"], "proration": "full", "properties": [],
}  # fmt: skip


def test_a_host_makes_a_plan_and_changes_it_by_a_new_version(world, client_of):
    client = client_of(world.owner)

    made = client.post("/rates/plans/add/sunset/", SAID, follow=True)
    plan = Plan.objects.get()
    client.post(f"/rates/plans/{plan.pk}/", SAID | {"fee": "12"}, follow=True)

    assert "$9.90 a month" in text_of(made)
    first, second = plan.versions.order_by("number")
    assert (first.fee_minor, first.included_wh, first.waives, second.fee_minor) == (990, 50_000, ["connection"], 1200)
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["plan.made", "plan.changed"]
    assert "Neighbour" in text_of(client.get("/rates/plans/"))


def test_it_takes_a_fee_and_percentages_with_a_decimal_comma(world, client_of):
    typed = {"fee": "9,90", "tax_pct": "5,5", "included_kwh": "12,5", "discount_pct": "2,5"}

    client_of(world.owner).post("/rates/plans/add/sunset/", SAID | typed)

    [made] = Plan.objects.get().versions.all()
    assert (made.fee_minor, made.included_wh) == (990, 12_500)
    assert (str(made.tax_pct), str(made.discount_pct)) == ("5.500", "2.500")


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("fee", "0", "greater than"),
        ("fee", "9.999", "USD has at most 2 decimals: write 9.99 or 10.00."),
        ("fee", "9,999", "9,999 can be read in two ways"),
        ("discount_pct", "101", "less than"),
        ("name", "", "required"),
    ],
)
def test_it_says_what_is_wrong_with_a_plan(world, client_of, field, value, told):
    answer = client_of(world.owner).post("/rates/plans/add/sunset/", SAID | {field: value})

    assert told in text_of(answer)
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("person", "reads", "writes"), [("teammate", 200, 404), ("stranger", 404, 404), ("agent", 200, 302)]
)
def test_who_sees_and_changes_plans(world, plan, client_of, person, reads, writes):
    client = client_of(getattr(world, person))

    assert client.get(f"/rates/plans/{plan.pk}/").status_code == reads
    assert client.post(f"/rates/plans/{plan.pk}/", SAID).status_code == writes
    assert client.post(f"/rates/plans/{plan.pk}/retire/").status_code == writes
    assert client.post("/rates/plans/add/sunset/", SAID).status_code == writes
    assert ("Neighbour" in text_of(client.get("/rates/plans/"))) == (reads == 200)


def test_a_plan_and_the_list_of_plans_cost_the_same_queries_for_ten_as_for_one(world, plan, client_of):
    client = client_of(world.owner)

    def grow(number):
        driver = driver_of(f"driver-{number}@example.com")
        card = payment_cards.save(driver, card=GOOD, return_url="http://x/CARD", now=NOW)
        period = subscriptions.subscribe(driver, plan, card=card, now=NOW)
        begun_at = charging.YESTERDAY - timedelta(hours=3 * number)
        row = charging.start(world.charger, uid=f"04AA{number:04}", at=begun_at)
        brought = {
            "period": str(period.pk),
            "plan": "Neighbour",
            "included_wh": 50_000,
            "discount_pct": "0",
            "waives": [],
        }
        Session.objects.filter(transaction=row).update(benefits=brought)
        charging.finish(row, wh=1000 * number, at=begun_at + timedelta(hours=2))
        catalogue.make(world.host, name=f"More {number}", offer=PlanTerms(fee_minor=100, currency="USD"), now=NOW)

    def queries(path):
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        return len(seen)

    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    paths = (f"/rates/plans/{plan.pk}/", "/rates/plans/")
    grow(1)
    few = [queries(path) for path in paths]
    for number in range(2, 11):
        grow(number)

    assert [queries(path) for path in paths] == few
    text = text_of(client.get(paths[0]))
    assert all(f"{number}.000 kWh" in text for number in range(1, 11))


def test_hosts_and_agents_see_who_has_it_and_what_is_due_without_addresses(world, subscribed, kim, client_of):
    Subscription.objects.update(state="past_due", past_due_since=NOW)
    SubscriptionPeriod.objects.update(state="due", failure_sentences=declines.sentences(Decline.EXPIRED))

    for person in (world.owner, world.agent):
        text = text_of(client_of(person).get(f"/rates/plans/{subscribed.plan_id}/"))
        assert "k…@example.com" in text
        assert "kim@example.com" not in text
        assert "Payment is due" in text
        assert "The card has expired." in text
        assert "counts until" in text


def test_hosts_and_their_programs_see_a_change(world, subscribed, commuter, at_kims, client_of):
    at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter))

    for person in (world.owner, world.agent):
        text = text_of(client_of(person).get(f"/rates/plans/{commuter.pk}/"))
        assert "Neighbour to Commuter, changed; $62.00 less $9.90 unused" in text
    (told,) = Api(make_key(world.host)).get(f"plans/{commuter.pk}/subscribers/").json()["results"]
    (change,) = told["changes"]
    assert (change["from_plan"], change["to_plan"], change["due_minor"], change["state"]) == (
        "neighbour",
        "commuter",
        5210,
        "done",
    )
    for person in (driver_of("lee@example.com").user, world.owner, world.agent):
        assert client_of(person).get(f"/drive/plans/changes/{change['id']}/back").status_code == 404


def test_a_plan_says_its_times_by_the_clock_of_its_host(world, subscribed, commuter, at_kims, client_of):
    at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter))
    at = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    PlanChange.objects.update(agreed_at=at)
    Plan.objects.update(retired_at=at)

    text = text_of(client_of(world.owner).get(f"/rates/plans/{commuter.pk}/"))

    assert "9 Mar 2026, 21:30 EDT: Neighbour to Commuter" in text
    assert "Retired 9 Mar 2026, 21:30 EDT" in text
