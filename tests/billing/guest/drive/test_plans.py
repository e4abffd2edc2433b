"""Plans: made and changed by hosts, chosen and ended by drivers, each seeing only their own."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from billing.models import PlanChange, Subscription, SubscriptionPeriod
from billing.payments.processors import declines, simulated
from billing.payments.processors.protocol import Decline, OutcomeUnknownError
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from chargers.models import Host
from tests.kit import pdf
from tests.kit.callers import Api, make_key
from tests.kit.drivers import driver_of, save, text_of
from tests.kit.plans import at_kims, change_of, commuter, kim, plan, subscribed

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


def test_a_driver_reads_line_by_line_what_another_plan_costs_now_and_changes(subscribed, commuter, at_kims):
    assert "Commuter" in text_of(at_kims.get(f"/drive/plans/mine/{subscribed.pk}/"))
    said = change_of(at_kims, commuter)
    page = text_of(at_kims.get(f"/drive/plans/{commuter.pk}/"))
    assert (said["total"], said["credit"]) == ("6200", "990")
    for told in ("−$9.90", "$62.00", "Today is paid with Commuter.", "To pay now: $52.10", "90.000"):
        assert told in page
    assert "Change now and pay $52.10" in page
    assert "nothing is paid today" in page, "the change with the next period has its price, too"

    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", said, follow=True))

    assert "You have Commuter now." in text
    assert "90.000 kWh of 90.000 kWh are left in this period." in text
    printed = pdf.text(at_kims.get(f"/drive/invoices/S{NOW:%Y}-000002.pdf").content)
    assert "Set off: credit note SC" in printed
    assert "Taken from the card $52.10" in printed
    credited = pdf.text(at_kims.get(f"/drive/invoices/SC{NOW:%Y}-000001.pdf").content)
    assert "Set off against Commuter $9.90" in credited
    assert AuditEntry.objects.filter(verb="driver.plan_changed").get().after == {
        "plan": "Commuter",
        "from": "now",
        "state": "done",
    }
    again = at_kims.post(f"/drive/plans/{commuter.pk}/", said, follow=True)
    assert "You have this plan." in text_of(again), "a double click changes once"
    assert SubscriptionPeriod.objects.count() == 2


def test_a_driver_takes_another_plan_from_the_next_period(subscribed, commuter, at_kims):
    version = subscriptions.newest(commuter).pk

    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", {"version": version, "when": "next"}, follow=True))

    assert "From then on: Commuter." in text
    assert "This is what you have chosen." in text_of(at_kims.get(f"/drive/plans/{commuter.pk}/"))


def test_a_refused_card_leaves_the_plan_and_says_what_to_do(subscribed, commuter, at_kims):
    save(at_kims, "4000008260003178")
    poor = subscribed.driver.payment_cards.get(last4="3178")
    Subscription.objects.update(card=poor)

    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter)))

    assert "not enough money" in text
    assert "Nothing was changed: let another card pay, or take the plan from the next period." in text
    overview = text_of(at_kims.get("/drive/plans/"))
    assert "the change to Commuter was not made." in overview
    assert "Neighbour" in overview


def test_the_old_plan_stays_until_the_bank_is_answered(subscribed, commuter, at_kims):
    saved = payment_cards.save(subscribed.driver, card="4000002760003184", return_url="http://x/CARD", now=NOW)
    simulated.confirm(saved.ref, accepted=True)
    Subscription.objects.update(card=payment_cards.check(saved.pk))

    answer = at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter))

    change = PlanChange.objects.get()
    assert answer.headers["Location"] == change.next_action_url
    text = text_of(at_kims.get("/drive/plans/"))
    assert "your bank asks you to confirm $52.10" in text
    assert "Until then this plan stays." in text
    assert "on its way" in text_of(at_kims.get(f"/drive/plans/{commuter.pk}/"))
    simulated.confirm(change.processor_ref, accepted=True)
    with CaptureQueriesContext(connection) as seen:
        for path in ("/drive/plans/", f"/drive/plans/{commuter.pk}/", f"/drive/plans/mine/{subscribed.pk}/"):
            assert at_kims.get(path).status_code == 200
    assert not [one["sql"] for one in seen if "billing_simulated" in one["sql"]], "a page asks no card processor"
    assert "You have Commuter now." in text_of(at_kims.get(f"/drive/plans/changes/{change.pk}/back", follow=True))
    with CaptureQueriesContext(connection) as seen:
        at_kims.get(f"/drive/plans/changes/{change.pk}/back")
    assert not [one["sql"] for one in seen if "billing_simulated" in one["sql"]]


def test_an_answer_that_is_not_there_yet_is_called_that(subscribed, commuter, at_kims, monkeypatch):
    def charge(*_: object, **__: object) -> None:
        raise OutcomeUnknownError("No answer.")

    monkeypatch.setattr(simulated.SimulatedProcessor, "charge", charge)

    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter), follow=True))

    assert "your plan stays as it is until then" in text
    assert "being checked" in text


@pytest.mark.parametrize("said", [{"total": "0"}, {"total": "x"}, {"credit": "99999999999999999999"}, {"total": "-1"}])
def test_another_price_than_the_one_shown_is_never_taken(subscribed, commuter, at_kims, said):
    text = text_of(at_kims.post(f"/drive/plans/{commuter.pk}/", change_of(at_kims, commuter) | said))

    assert "The price has changed since you opened this page" in text
    assert not PlanChange.objects.exists()


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
