"""Drivers, plans and money in the agents' admin: one search finds the driver, whose page says why money was taken."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import (
    Dispute,
    Driver,
    HoldPolicy,
    Invoice,
    OutgoingMail,
    PaymentCard,
    PlanChange,
    Receipt,
    Refund,
    Session,
    Subscription,
    SubscriptionPeriod,
)
from billing.sessions.documents import outbox
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from support.admin_site.site import agents
from tests.kit.admin import NOW, client, enrolled, queries, shown
from tests.kit.drivers import driver_of
from tests.kit.drivers_admin import charged, kim
from tests.kit.world import World

__all__ = ["client", "enrolled", "kim"]
MODELS = (
    "driver", "paymentcard", "drivertoken", "outgoingmail", "plan", "planversion", "subscription", "subscriptionperiod",
    "planchange", "invoice", "receivable", "dispute", "refund", "holdpolicy",
)  # fmt: skip
KEYS = (
    "kim@example.com", "KIM@EXAMPLE.COM", "4242", "1881", "3178", "2026-000001", "S2026-000001", "SC2026-000001",
    "04:a1:b2:c3:d4", "{session}", "{driver}", "guest1@example.com",
)  # fmt: skip


@pytest.mark.long
def test_one_search_finds_the_driver_by_every_key_that_people_have(client: Client, kim):
    other = driver_of("lee@example.com")
    payment_cards.save(other, card="5555555555554444", return_url="http://x/CARD", now=NOW)

    for key in KEYS:
        page = shown(client, f"/admin/?q={key.format(session=Session.objects.get().pk, driver=kim.pk)}")
        assert f"/admin/billing/driver/{kim.pk}/change/" in page, key
        assert f"/admin/billing/driver/{other.pk}/change/" not in page, key


def test_the_drivers_page_says_why_money_was_taken(client: Client, kim):
    page = shown(client, f"/admin/billing/driver/{kim.pk}/change/")

    for told in (
        "Session at Sunset 1: settled, 4.00 USD, receipt 2026-000001",
        "4.00 USD was taken from the card ending in 1881.",
        "1.23 USD is still owed: Charging cost more than was held on the card.",
        "50.00 USD was refused on the card ending in 0069",
        "The card has expired.",
        "Refund of 1.00 USD for receipt 2026-000001: refused by the processor",
        "The cable was stuck. The card is closed.",
        "Fee of the plan Neighbour: 3.63 USD, paid, S2026-000001, SC2026-000001",
        "Plan Neighbour to Commuter: not changed",
        "not enough money",
        "Plan Neighbour to Commuter: changed",
        "Commuter: 10 of 30 days",
        "Dispute over 4.00 USD of the card ending in 1881: Waits for our evidence",
        "fraudulent",
    ):
        assert told in page, told
    for made in (Session, PlanChange, SubscriptionPeriod, Dispute):
        row = made.objects.order_by("-pk").first()
        assert f"/admin/billing/{made.__name__.lower()}/{row.pk}/change/" in page


def test_a_refund_tells_its_amounts_as_people_read_them(client: Client, kim):
    page = shown(client, f"/admin/billing/refund/{Refund.objects.get().pk}/change/")

    assert page.count("$1.00") >= 2, "of the whole and of its part"
    assert "minor" not in page


def test_what_belongs_together_leads_to_each_other(client: Client, kim):
    driver = f"/admin/billing/driver/{kim.pk}/change/"
    for address in (
        f"billing/session/{Session.objects.get().pk}",
        f"billing/subscription/{Subscription.objects.get().pk}",
        f"billing/paymentcard/{PaymentCard.objects.order_by('pk')[0].pk}",
        f"billing/outgoingmail/{OutgoingMail.objects.order_by('pk')[0].pk}",
    ):
        assert driver in shown(client, f"/admin/{address}/change/"), address
    period = SubscriptionPeriod.objects.order_by("number")[0]
    page = shown(client, f"/admin/billing/subscription/{Subscription.objects.get().pk}/change/")
    assert f"/admin/billing/subscriptionperiod/{period.pk}/change/" in page
    invoice = Invoice.objects.order_by("pk")[0]
    assert f"/admin/billing/invoice/{invoice.pk}/change/" in shown(
        client, f"/admin/billing/subscriptionperiod/{period.pk}/change/"
    )


def test_letters_are_found_by_their_address_and_receipt(client: Client, kim):
    outbox.queue(Receipt.objects.get(), address="kim@work.example", language="en", now=NOW)

    assert "/admin/billing/outgoingmail/" in shown(client, "/admin/?q=kim@work.example")


def test_every_list_and_page_is_there_and_asks_no_more_when_it_grows(client: Client, world, kim):
    few = {name: queries(client, f"/admin/billing/{name}/") for name in MODELS}
    for number in range(2, 6):
        other = driver_of(f"driver{number}@example.com")
        card = payment_cards.save(other, card="4242424242424242", return_url="http://x/CARD", now=NOW)
        plan = catalogue.make(
            world.host, name=f"Plan {number}", offer=PlanTerms(fee_minor=100, currency="USD"), now=NOW
        ).plan
        subscriptions.subscribe(other, plan, card=card, now=NOW)
        charged(world, other, number=number)

    many = {name: queries(client, f"/admin/billing/{name}/") for name in MODELS}
    assert {name: (few[name], many[name]) for name in MODELS if many[name] > few[name]} == {}


def test_nothing_that_the_books_rest_on_is_changed_here(client: Client, kim):
    models = {model._meta.model_name: model for model in agents._registry if model._meta.app_label == "billing"}
    for name in MODELS:
        if name == "holdpolicy":
            continue
        rows = models[name]._default_manager.order_by("pk")
        page = f"/admin/billing/{name}/{rows[0].pk}"
        shown(client, f"{page}/change/")
        before = list(rows.values())

        assert client.get(f"/admin/billing/{name}/add/").status_code == 403, name
        assert client.post(f"{page}/change/", {"state": "x", "reason": "x"}).status_code == 403, name
        assert client.post(f"{page}/delete/", {"post": "yes"}).status_code == 403, name
        assert list(rows.values()) == before, name


def test_how_much_is_held_is_changed_with_a_reason(client: Client, kim):
    policy = HoldPolicy.objects.get()
    said = {"energy_kwh": "70", "least_minor": "", "most_minor": "9000", "at_limit": "end"}

    client.post(f"/admin/billing/holdpolicy/{policy.pk}/change/", said)
    assert HoldPolicy.objects.get().energy_kwh == 50, "not without a reason"
    client.post(f"/admin/billing/holdpolicy/{policy.pk}/change/", said | {"reason": "Host asked by phone"})

    policy.refresh_from_db()
    assert (policy.energy_kwh, policy.most_minor) == (70, 9000)
    entry = AuditEntry.objects.get(verb="property.holds_set")
    assert (entry.before["energy_kwh"], entry.after["energy_kwh"], entry.reason) == (50, 70, "Host asked by phone")


def test_no_reference_with_which_a_card_is_charged_is_shown(client: Client, kim):
    card = PaymentCard.objects.order_by("pk")[0]

    page = shown(client, f"/admin/billing/paymentcard/{card.pk}/change/")

    assert card.ref
    assert card.ref not in page
    assert card.customer_ref not in page
    assert "4242" in page


def test_hosts_do_not_see_drivers_here(world: World, kim):
    at_hosts = Client()
    at_hosts.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")

    assert at_hosts.get(f"/admin/billing/driver/{kim.pk}/change/", follow=True).status_code == 403


def test_a_drivers_mails_say_what_became_of_them(world: World, kim: Driver, client_of):
    """The table said “Given up” of a mail that lies in a file."""
    OutgoingMail.objects.update(driver=kim, state="given_up", failure=OutgoingMail.NO_SERVER)

    page = client_of(world.agent).get(f"/admin/billing/driver/{kim.pk}/change/").content.decode()

    assert "Kept as a file" in page
    assert "This installation has no mail server" in page
    assert "Given up" not in page
