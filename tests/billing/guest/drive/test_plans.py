"""Plans: made and changed by hosts, chosen and ended by drivers, each seeing only their own."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Subscription, SubscriptionPeriod
from billing.payments.processors import declines
from billing.payments.processors.protocol import Decline
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Host
from tests.kit import pdf
from tests.kit.callers import Api, make_key
from tests.kit.drivers import driver_of, save, text_of
from tests.kit.plans import at_kims, commuter, kim, plan, subscribed

__all__ = ["at_kims", "commuter", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def test_nobody_reads_the_plans_of_hosts_by_their_numbers(world, plan, at_kims):
    elsewhere = world.stranger.memberships.get().host
    terms = PlanTerms(fee_minor=100, currency="USD")
    foreign = catalogue.make(elsewhere, name="Secret price", offer=terms, now=NOW).plan

    assert at_kims.get(f"/drive/plans/{foreign.pk}/").status_code == 404
    assert at_kims.get(f"/drive/plans/{plan.pk}/").status_code == 200


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
    assert "Total $9.90" in printed


def test_a_price_that_changed_meanwhile_is_shown_again(plan, at_kims):
    old = subscriptions.newest(plan)
    catalogue.change(plan, offer=PlanTerms(fee_minor=2000, currency="USD"), now=NOW)

    answer = at_kims.post(f"/drive/plans/{plan.pk}/", {"version": old.pk})

    assert "The plan has changed since you opened this page" in text_of(answer)
    assert not Subscription.objects.exists()


def test_without_a_card_there_is_no_plan(plan, kim, client_of):
    client = client_of(kim.user)

    answer = client.post(f"/drive/plans/{plan.pk}/", {"version": subscriptions.newest(plan).pk})

    assert "Save a card first" in text_of(answer)
    assert not Subscription.objects.exists()


def test_a_driver_ends_it_with_the_period_and_takes_that_back(subscribed, at_kims):
    page = f"/drive/plans/mine/{subscribed.pk}/"

    assert "It ends on" in text_of(at_kims.post(page, {"do": "cancel"}, follow=True))
    assert "Next charge on" in text_of(at_kims.post(page, {"do": "keep"}, follow=True))


def test_where_nothing_goes_back_the_page_does_not_say_that_something_does(subscribed, at_kims):
    begins = SubscriptionPeriod.objects.get().begins_at
    SubscriptionPeriod.objects.update(begins_at=begins - timedelta(days=28), ends_at=NOW + timedelta(minutes=1))

    text = text_of(at_kims.get(f"/drive/plans/mine/{subscribed.pk}/"))

    assert "End it now: nothing goes back" in text
    assert "Days after today go back" not in text
    assert "What is paid for this period stays paid." in text


def test_a_driver_ends_it_at_once_and_reads_before_what_goes_back(subscribed, at_kims):
    page = f"/drive/plans/mine/{subscribed.pk}/"
    back = subscriptions.refund_minor(SubscriptionPeriod.objects.get(), now=datetime.now(tz=UTC))
    assert back > 900
    assert f"End it now: $9.{back - 900:02d} goes back" in text_of(at_kims.get(page))

    text = text_of(at_kims.post(page, {"do": "end"}, follow=True))

    assert "It has ended." in text
    assert "You ended it." in text
    assert "SC20" in text


def test_a_driver_whose_card_was_refused_reads_why_and_lets_another_pay(subscribed, at_kims):
    Subscription.objects.update(state="past_due", past_due_since=NOW)
    SubscriptionPeriod.objects.update(
        state="due", failure_sentences=declines.sentences(Decline.EXPIRED), number=2, generation=2, due_at=NOW
    )
    save(at_kims, "5555555555554444")
    assert "Your card was refused" in text_of(at_kims.get("/drive/plans/"))
    other = subscribed.driver.payment_cards.get(last4="4444")

    at_kims.post(f"/drive/plans/mine/{subscribed.pk}/", {"do": "card", "card": str(other.pk)})

    subscribed.refresh_from_db()
    assert (subscribed.state, subscribed.card) == ("active", other)


def test_a_driver_takes_another_plan_from_the_next_period(subscribed, commuter, at_kims):
    version = subscriptions.newest(commuter).pk

    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", {"version": version, "when": "next"}, follow=True))

    assert "From then on: Commuter." in text
    assert "This is what you have chosen." in text_of(at_kims.get(f"/drive/plans/{commuter.pk}/"))


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
    catalogue.make(lakeside, name="Elsewhere", offer=PlanTerms(fee_minor=100, currency="USD"), now=NOW)

    assert "Elsewhere" not in text_of(client_of(driver_of("lee@example.com").user).get("/drive/plans/"))


def test_a_hosts_own_program_makes_changes_and_retires_plans(world, subscribed):
    api, stranger = Api(make_key(world.host)), Api(make_key(world.stranger.memberships.get().host))
    said = {"fee_minor": 1500, "waives": ["idle"], "properties": ["sunset-1"]}

    made = api.post("plans/", said | {"name": "Commuter"})
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
    assert "no property elsewhere" in str(
        api.post("plans/", said | {"name": "Far", "properties": ["elsewhere"]}).json()
    )
    for answer in (
        stranger.get(address),
        stranger.post(f"{address}retire/", {}),
        stranger.get(f"{address}subscribers/"),
        stranger.post(f"{address}versions/", said),
    ):
        assert answer.status_code == 404
    assert stranger.get("plans/").json()["results"] == []
