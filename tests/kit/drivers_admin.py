"""What the tests of drivers.admin and plans.driver_money share."""

from datetime import timedelta

import pytest

from billing.models import (
    Dispute,
    Driver,
    DriverToken,
    Hold,
    HoldPolicy,
    Receivable,
    Refund,
    RefundPart,
    Session,
    Subscription,
)
from billing.sessions.drivers import payment_cards
from billing.sessions.plans import catalogue, changes, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from chargers.lib import ids
from chargers.sentences import stored
from tests.kit.admin import NOW, charge
from tests.kit.drivers import driver_of
from tests.kit.world import World, make_charger


@pytest.fixture
def kim(world: World) -> Driver:
    """A driver who has a plan, changed it, charged, was refused, was refunded, disputes a payment, and owes money."""
    driver = driver_of()
    Driver.objects.update(name="Kim")
    card = payment_cards.save(driver, card="4242424242424242", return_url="http://x/CARD", now=NOW)
    neighbour, commuter = (
        catalogue.make(world.host, name=name, offer=PlanTerms(fee_minor=fee, currency="USD"), now=NOW).plan
        for name, fee in (("Neighbour", 990), ("Commuter", 6200))
    )
    subscriptions.subscribe(driver, neighbour, card=card, now=NOW)
    subscription = Subscription.objects.get()
    for number in ("4000008260003178", "4242424242424242"):
        paying = payment_cards.save(driver, card=number, return_url="http://x/CARD", now=NOW)
        Subscription.objects.update(card=paying)
        shown_now = changes.offer(subscription, commuter, now=NOW + timedelta(days=1))
        changes.begin(
            subscription,
            commuter,
            seen_amounts=(shown_now.total_minor, shown_now.credit_minor),
            now=NOW + timedelta(days=1),
        )
    DriverToken.objects.create(driver=driver, token=world.member, proof="code", claimed_at=NOW)
    HoldPolicy.objects.create(host=world.host, property=world.site, energy_kwh=50)
    charged(world, driver, number=1)
    return driver


def charged(world: World, driver: Driver, *, number: int) -> None:
    """A session with all possible consequences."""
    charger = world.charger if number == 1 else make_charger(world.site, f"CP{number}", station_id=f"SUN00{number}")
    made = charge(charger, f"04A1B2C3D{number + 3}", last4="1881", number=number)
    Session.objects.filter(pk=made.session.pk).update(driver=driver)
    Hold.objects.create(
        id=ids.generate(now=NOW),
        session=made.session,
        processor="simulated",
        amount_minor=5000,
        currency="USD",
        state="failed",
        failure_sentences=stored.free("The card has expired."),
        last4="0069",
        created_at=NOW,
    )
    Receivable.objects.create(
        session=made.session,
        host=world.host,
        amount_minor=123,
        currency="USD",
        created_at=NOW,
        reason_sentences=stored.free("Charging cost more than was held on the card."),
    )
    refund = Refund.objects.create(
        id=ids.generate(now=NOW),
        host=world.host,
        receipt=made.receipt,
        state="refused",
        fault="host",
        reason="not_idle",
        explanation="The cable was stuck.",
        lines=[],
        total_minor=100,
        net_minor=100,
        tax_minor=0,
        currency="USD",
        asked_by="host@example.com",
        created_at=NOW,
    )
    RefundPart.objects.create(
        id=ids.generate(now=NOW),
        refund=refund,
        hold=made.hold,
        amount_minor=100,
        state="refused",
        failure="The card is closed.",
        finished_at=NOW,
    )
    Dispute.objects.create(
        hold=made.hold,
        host=world.host,
        processor="simulated",
        processor_ref=f"dp_{number}",
        opened_at=NOW,
        state="needs_response",
        reason="fraudulent",
        amount_minor=400,
        currency="USD",
    )
