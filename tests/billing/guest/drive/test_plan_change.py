"""A driver changes to another plan now: the price that was shown, the bank that is asked, and what is refused."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import AuditEntry
from billing.models import PlanChange, Subscription, SubscriptionPeriod
from billing.payments.processors import simulated
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.sessions.drivers import payment_cards
from tests.kit import pdf
from tests.kit.drivers import save, text_of
from tests.kit.plans import at_kims, change_of, commuter, kim, plan, subscribed

__all__ = ["at_kims", "commuter", "kim", "plan", "subscribed"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


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
