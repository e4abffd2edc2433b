"""Plans: made and changed by hosts, chosen and ended by drivers, each seeing only their own."""

from datetime import UTC, datetime

import pytest

from billing import plans, subscriptions
from billing.models import Driver, Plan, PlanVersion, Subscription, SubscriptionPeriod
from billing.plans import Offer
from chargers.models import Host
from support.models import AuditEntry
from tests import pdf
from tests.api.conftest import Api, make_key
from tests.pages import charging
from tests.pages.test_drivers import driver_of, save, text_of

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
SAID = {
    "name": "Neighbour", "fee": "9.90", "tax_pct": "19", "included_kwh": "50", "discount_pct": "10",
    "waives": ["connection"], "proration": "full", "properties": [],
}  # fmt: skip


@pytest.fixture
def plan(world) -> Plan:
    offer = Offer(fee_minor=990, currency="USD", included_wh=50_000, proration=PlanVersion.Proration.FULL)
    return plans.make(world.host, name="Neighbour", offer=offer, now=NOW).plan


@pytest.fixture
def kim(world) -> Driver:
    """Has charged at the host once, and saved a card."""
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    driver = driver_of()
    session = charging.charge(world.charger)
    session.driver = driver
    session.save()
    return driver


@pytest.fixture
def at_kims(kim, client_of):
    client = client_of(kim.user)
    save(client)
    return client


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


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("fee", "0", "greater than"),
        ("fee", "9.999", "no smaller unit"),
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


def test_a_driver_sees_the_price_subscribes_and_has_an_invoice(plan, at_kims):
    assert "Neighbour" in text_of(at_kims.get("/drive/plans/"))
    page = text_of(at_kims.get(f"/drive/plans/{plan.pk}/"))
    assert "Today: $9.90" in page
    assert "50 kWh a month are included." in page
    assert "Visa ending 4242 pays." in page

    done = at_kims.post(f"/drive/plans/{plan.pk}/", {"version": subscriptions.newest(plan).pk}, follow=True)

    text = text_of(done)
    assert "50.000 kWh of 50.000 kWh are left in this period." in text
    assert "S20" in text
    printed = pdf.text(at_kims.get(f"/drive/invoices/S{NOW:%Y}-000001.pdf").content)
    assert "Plan Neighbour, from" in printed
    assert "Total 9.90 USD" in printed


def test_a_price_that_changed_meanwhile_is_shown_again(plan, at_kims):
    old = subscriptions.newest(plan)
    plans.change(plan, offer=Offer(fee_minor=2000, currency="USD"), now=NOW)

    answer = at_kims.post(f"/drive/plans/{plan.pk}/", {"version": old.pk})

    assert "The plan has changed since you opened this page" in text_of(answer)
    assert not Subscription.objects.exists()


def test_without_a_card_there_is_no_plan(plan, kim, client_of):
    client = client_of(kim.user)

    answer = client.post(f"/drive/plans/{plan.pk}/", {"version": subscriptions.newest(plan).pk})

    assert "Save a card first" in text_of(answer)
    assert not Subscription.objects.exists()


@pytest.fixture
def subscribed(plan, at_kims) -> Subscription:
    at_kims.post(f"/drive/plans/{plan.pk}/", {"version": subscriptions.newest(plan).pk})
    return Subscription.objects.get()


def test_a_driver_ends_it_with_the_period_and_takes_that_back(subscribed, at_kims):
    page = f"/drive/plans/mine/{subscribed.pk}/"

    assert "It ends on" in text_of(at_kims.post(page, {"do": "cancel"}, follow=True))
    assert "Next charge on" in text_of(at_kims.post(page, {"do": "keep"}, follow=True))


def test_a_driver_ends_it_at_once_and_reads_before_what_goes_back(subscribed, at_kims):
    page = f"/drive/plans/mine/{subscribed.pk}/"
    back = subscriptions.refund_minor(SubscriptionPeriod.objects.get(), now=NOW)
    assert back > 900
    assert f"End it now: $9.{back - 900:02d} goes back" in text_of(at_kims.get(page))

    text = text_of(at_kims.post(page, {"do": "end"}, follow=True))

    assert "It has ended." in text
    assert "You ended it." in text
    assert "SC20" in text


def test_hosts_and_agents_see_who_has_it_and_what_is_due_without_addresses(world, subscribed, kim, client_of):
    Subscription.objects.update(state="past_due", past_due_since=NOW)
    SubscriptionPeriod.objects.update(state="due", failure="The card has expired.")

    for person in (world.owner, world.agent):
        text = text_of(client_of(person).get(f"/rates/plans/{subscribed.plan_id}/"))
        assert "k…@example.com" in text
        assert "kim@example.com" not in text
        assert "Payment is due" in text
        assert "The card has expired." in text
        assert "counts until" in text


def test_a_driver_whose_card_was_refused_reads_why_and_lets_another_pay(subscribed, at_kims):
    Subscription.objects.update(state="past_due", past_due_since=NOW)
    SubscriptionPeriod.objects.update(state="due", failure="The card has expired.", number=2, generation=2, due_at=NOW)
    save(at_kims, "5555555555554444")
    assert "Your card was refused" in text_of(at_kims.get("/drive/plans/"))
    other = subscribed.driver.payment_cards.get(last4="4444")

    at_kims.post(f"/drive/plans/mine/{subscribed.pk}/", {"do": "card", "card": str(other.pk)})

    subscribed.refresh_from_db()
    assert (subscribed.state, subscribed.card) == ("active", other)


def test_nobody_touches_the_plan_of_somebody_else(world, subscribed, client_of):
    period = SubscriptionPeriod.objects.get()

    for person in (driver_of("lee@example.com").user, world.owner, world.agent):
        client = client_of(person)
        assert client.get(f"/drive/plans/mine/{subscribed.pk}/").status_code == 404
        assert client.post(f"/drive/plans/mine/{subscribed.pk}/", {"do": "end"}).status_code == 404
        assert client.get(f"/drive/plans/{period.pk}/back").status_code == 404
        assert client.post(f"/drive/plans/{period.pk}/pay").status_code == 404
        assert client.get(f"/drive/invoices/S{NOW:%Y}-000001.pdf").status_code == 404
    subscribed.refresh_from_db()
    assert subscribed.state == "active"


def test_plans_of_hosts_where_nobody_charged_are_not_pushed(plan, client_of):
    lakeside = Host.objects.get(slug="lakeside")
    plans.make(lakeside, name="Elsewhere", offer=Offer(fee_minor=100, currency="USD"), now=NOW)

    assert "Elsewhere" not in text_of(client_of(driver_of("lee@example.com").user).get("/drive/plans/"))


def test_a_hosts_own_program_makes_changes_and_retires_plans(world, subscribed):
    api, stranger = Api(make_key(world.host)), Api(make_key(world.stranger.memberships.get().host))
    said = {"name": "Commuter", "fee_minor": 1500, "waives": ["idle"], "properties": ["sunset-1"]}

    made = api.post("plans/", said)
    address = f"plans/{made.json()['id']}/"
    changed = api.post(f"{address}versions/", said | {"fee_minor": 1600})
    retired = api.post(f"{address}retire/", {})

    assert (made.status_code, changed.status_code) == (201, 201)
    assert changed.json()["fee_minor"] == 1600
    assert retired.json()["retired_at"] is not None
    assert api.get(address).json()["newest"]["properties"] == ["sunset-1"]
    assert len(api.get("plans/").json()["results"]) == 2
    (subscriber,) = api.get(f"plans/{subscribed.plan_id}/subscribers/").json()["results"]
    assert (subscriber["state"], subscriber["used_wh"]) == ("active", 0)
    assert "no property elsewhere" in str(api.post("plans/", said | {"properties": ["elsewhere"]}).json())
    for answer in (
        stranger.get(address), stranger.post(f"{address}retire/", {}), stranger.get(f"{address}subscribers/"),
        stranger.post(f"{address}versions/", said),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert stranger.get("plans/").json()["results"] == []
