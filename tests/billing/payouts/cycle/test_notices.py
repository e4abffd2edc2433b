"""Who is told of a payout: the host's systems at every step, its people when it is paid or fails."""

import json
from datetime import UTC, datetime

import pytest
from django.db import transaction

from authorization.models import Membership, User
from billing.models import OutgoingMail, WebhookDelivery
from billing.payments.webhooks import deliveries
from billing.payouts.cycle import approval, cycle, forecast, wording
from billing.payouts.sending import outcomes
from tests.kit.payouts import Books, books

APRIL = datetime(2026, 4, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> Books:
    found = books()
    for name, role in (("owner", "owner"), ("reader", "read_only"), ("finance", "finance")):
        user = User.objects.create_user(email=f"{name}@example.com")
        Membership.objects.create(user=user, host=found.host, role=role)
    deliveries.add(found.host, url="https://example.com/hooks", kinds=None, by="user:x", now=APRIL)
    found.sale(1000, at=datetime(2026, 3, 3, tzinfo=UTC))
    return found


def kinds() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("kind", flat=True))


def told(kind: str) -> dict:
    return json.loads(WebhookDelivery.objects.get(kind=kind).body)


def closed(known: Books, **terms):
    known.agree(**terms)
    known.bank()
    return cycle.close(known.scope, until=APRIL, now=APRIL)


def test_a_new_payout_is_told_as_the_api_shows_it(known):
    payout = closed(known)

    assert kinds() == ["payout.created", "payout.approved"]
    assert told("payout.created")["data"] == wording.facts(payout)
    assert told("payout.created")["host"] == "sunset"


def test_one_that_is_carried_says_why(known):
    known.agree()

    cycle.close(known.scope, until=APRIL, now=APRIL)

    assert kinds() == ["payout.created", "payout.carried"]
    assert told("payout.carried")["data"]["expected_reason"] == "$10.00 waits for a confirmed bank account."


def test_a_forecast_is_no_event(known):
    known.agree()
    known.bank()

    assert forecast.calculate(known.scope, now=APRIL).amount_minor == 1000

    assert kinds() == []


def test_each_time_it_is_held_is_told(known):
    payout = closed(known)
    for day in (2, 3):
        approval.hold(payout, reason="Two sessions look odd.", now=APRIL.replace(day=day))
        approval.release(payout, now=APRIL.replace(day=day, hour=1))

    assert kinds()[2:] == ["payout.held", "payout.approved", "payout.held", "payout.approved"]


def test_the_second_person_makes_it_approved(known):
    payout = closed(known, two_people_above_minor=500)
    approval.approve(payout, by="user:a", now=APRIL)
    assert kinds() == ["payout.created"]

    approval.approve(payout, by="user:b", now=APRIL)

    assert kinds() == ["payout.created", "payout.approved"]


def test_what_is_paid_is_told_once_and_mailed_to_those_who_handle_money(known):
    payout = closed(known)
    payout.state = "in_transit"
    payout.save()
    for _ in range(2):
        with transaction.atomic():
            outcomes.mark_paid(payout, at=APRIL, trace="T-1")

    assert kinds()[2:] == ["payout.paid"]
    outgoing_mails = OutgoingMail.objects.filter(payout=payout).order_by("address")
    assert [one.address for one in outgoing_mails] == ["finance@example.com", "owner@example.com"]
    assert outgoing_mails[0].subject == "Payout P-000001 of $10.00 was paid"
    assert "Your bank finds it by T-1." in outgoing_mails[0].text


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("account_closed", "Please enter another bank account"),
        ("could_not_process", "We look into it"),
        ("insufficient_funds", "We look into it"),
    ],
)
def test_what_failed_says_the_cause_and_who_has_to_act(known, code, advice):
    payout = closed(known)
    payout.state = "in_transit"
    payout.save()

    with transaction.atomic():
        outcomes.mark_failed(payout, code=code, now=APRIL)

    assert kinds()[-1] == "payout.failed"
    failure = told("payout.failed")["data"]["failure"]
    outgoing = OutgoingMail.objects.filter(payout=payout).order_by("pk")[0]
    assert outgoing.subject == "Payout P-000001 failed"
    assert failure["sentence"] in outgoing.text
    assert advice in outgoing.text
    assert "owed to you again" in outgoing.text


def test_one_that_is_paid_again_is_reissued(known):
    payout = closed(known)
    payout.state = "in_transit"
    payout.save()
    with transaction.atomic():
        outcomes.mark_failed(payout, code="could_not_process", now=APRIL)

    again = approval.reissue(payout, now=APRIL)

    assert kinds()[3:] == ["payout.created", "payout.approved", "payout.reissued"]
    assert told("payout.reissued")["data"]["id"] == str(payout.pk)
    assert WebhookDelivery.objects.filter(kind="payout.created", key__endswith=str(again.pk)).exists()
