"""What a change of plan in the middle of a period comes to, line by line, as the driver reads it before and after."""

from datetime import timedelta

from billing.models import (
    Invoice,
    SubscriptionPeriod,
)
from billing.sessions.plans import change_terms
from tests.kit.changes import in_march
from tests.kit.plan_changes import LATER, change
from tests.kit.subscriptions import START, charge


def test_the_documents_say_each_amount_once_and_none_below_zero(site, subscribed, dear):
    change(dear)

    note, invoice = Invoice.objects.get(kind="credit_note"), Invoice.objects.order_by("-number").first()
    assert (note.document["total"], note.document["tax"], note.document["net"]) == (1000, 91, 909)
    assert note.document["credit_of"] == "S2026-000001"
    assert (invoice.document["total"], invoice.document["tax"], invoice.document["net"]) == (2000, 333, 1667)
    assert (invoice.document["plan"], invoice.document["set_off"]) == ("Commuter", "SC2026-000001")
    terms = change_terms.read(invoice.document["change"])
    assert [(line.text, line.signed_minor) for line in change_terms.lines(terms)] == [
        ("Commuter: 10 of 31 days", 2000),
        ("Neighbour: 10 of 20 days are left", -1000),
    ]
    assert change_terms.result(terms) == "To pay now: $10.00"
    assert change_terms.energy(terms).startswith("Included until 1 Apr 2026: 30.000")


def test_used_energy_lowers_what_goes_back_and_nothing_of_the_new_plan(site, subscribed, dear):
    charge(site, at=in_march(START + timedelta(days=5)), wh=15_000)

    done = change(dear)

    assert (done.used_wh, done.is_by_energy, done.credit_minor, done.due_minor) == (15_000, True, 500, 1500)
    assert SubscriptionPeriod.objects.get(number=2).included_wh == 20_000
    why = change_terms.lines(change_terms.calculate(done))[1].reason
    assert why.startswith("15.000")
    assert "only the unused share goes back" in why


def test_the_day_belongs_to_the_plan_that_was_used_on_it(site, subscribed, dear):
    charge(site, at=in_march(LATER) - 240, wh=1000)

    done = change(dear)

    assert (done.is_used_today, done.days, done.total_minor, done.credit_minor) == (True, 9, 1800, 900)
    assert "because you have charged with it today" in change_terms.lines(change_terms.calculate(done))[0].reason
