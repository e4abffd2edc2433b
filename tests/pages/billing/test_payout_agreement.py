"""The agreement page: every version for the host and its agents, and the next version entered by an agent."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import PayoutAgreement
from billing.payouts import cycle
from tests.kit.payouts import Books
from tests.pages.conftest import World

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
NEXT = (NOW.replace(day=1) + timedelta(days=32)).date().replace(day=1)
ClientOf = Callable[..., Client]
PAGE = "/payouts/sunset/agreement/"
TERMS = {
    "currency": "eur",
    "valid_from": NEXT.isoformat(),
    "platform_fee_pct": "7.5",
    "processing": "agreed",
    "processing_pct": "1.4",
    "processing_fixed": "0.25",
    "subscription": "19.00",
    "cycle": "weekly",
    "delay_days": "3",
    "threshold": "25",
    "reserve": "100",
    "tax_remitter": "host",
    "way": "bank_file",
    "two_people_above": "5000",
    "self_billing": "on",
}


@pytest.fixture
def known(world: World) -> Books:
    return Books(host=world.host, place=world.charger.property, charger=world.charger, currency="EUR")


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_an_agent_enters_a_version_and_the_host_reads_it(known, world, client_of):
    page = text_of(client_of(world.agent).post(PAGE, TERMS, follow=True))

    made = PayoutAgreement.objects.get()
    assert (made.currency, made.platform_fee_pct, made.processing_fixed_minor) == ("EUR", Decimal("7.50"), 25)
    assert (made.subscription_minor, made.threshold_minor, made.reserve_minor) == (1900, 2500, 10_000)
    assert (made.cycle, made.tax_remitter, made.way, made.self_billing) == ("weekly", "host", "bank_file", True)
    assert made.two_people_above_minor == 500_000
    assert "Version 1 for" in page
    assert "7.5 % of each session" in page
    assert "1.4 % and €0.25 for each payment" in page
    assert AuditEntry.objects.get(verb="payout_agreement.made").after["cycle"] == "weekly"
    read = text_of(client_of(world.owner).get(PAGE))
    assert "Begins later" in read
    assert "Enter a new version" not in read


def test_a_property_has_an_agreement_of_its_own(known, world, client_of):
    client_of(world.agent).post(PAGE, TERMS | {"place": str(known.place.pk)})

    assert PayoutAgreement.objects.get().property == known.place


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("platform_fee_pct", "101", "A share is between 0 and 100 percent."),
        ("reserve", "-1", "An amount is 0 or more."),
        ("two_people_above", "-1", "An amount is 0 or more."),
        ("delay_days", "61", "A payout comes 0 to 60 days after its period."),
        ("currency", "XQQ", "Use a currency&#x27;s three letters, such as EUR."),
        ("valid_from", "2026-31-31", "Enter a valid date."),
    ],
)
def test_a_term_that_makes_no_sense_is_refused_beside_its_field(known, world, client_of, field, value, sentence):
    response = client_of(world.agent).post(PAGE, TERMS | {field: value})

    assert sentence in response.content.decode()
    assert f'id="id_{field}_error"' in response.content.decode()
    assert not PayoutAgreement.objects.exists()


def test_bank_files_are_for_two_currencies(known, world, client_of):
    page = text_of(client_of(world.agent).post(PAGE, TERMS | {"currency": "GBP"}))

    assert "Bank files are for EUR (SEPA) and USD (ACH), not for GBP." in page


def test_a_version_begins_after_the_one_before_and_after_what_was_closed(known, world, client_of):
    known.agree(cycle="manual")
    known.bank()
    known.sale(1000, at=NOW - timedelta(days=3))
    cycle.close(known.scope, until=NOW, now=NOW)

    page = text_of(client_of(world.agent).post(PAGE, TERMS | {"valid_from": "2026-02-01"}))

    assert "Payout P-000001 has closed the time up to" in page
    assert PayoutAgreement.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_nobody_but_agents_enters_one(known, world, client_of, who):
    answer = client_of(getattr(world, who)).post(PAGE, TERMS)

    assert answer.status_code == 404
    assert not PayoutAgreement.objects.exists()


@pytest.mark.parametrize(
    ("begins", "expected"),
    [
        ((NEXT + timedelta(days=14)).isoformat(), "Payouts are monthly: begin on the first of a month"),
        ("9999-12-01", "It has to begin within two years."),
    ],
)
def test_terms_change_with_a_period_and_soon(known, world, client_of, begins, expected):
    page = client_of(world.agent).post(PAGE, TERMS | {"valid_from": begins}).content.decode()

    assert expected in page
    assert not PayoutAgreement.objects.exists()


def test_a_version_that_has_not_begun_is_withdrawn_and_entered_again(known, world, client_of):
    client = client_of(world.agent)
    client.post(PAGE, TERMS)
    made = PayoutAgreement.objects.get()
    again = client.post(PAGE, TERMS | {"platform_fee_pct": "5"}).content.decode()
    assert "withdraw it first, or begin after it" in again

    assert client_of(world.owner).post(PAGE, {"withdraw": made.pk}).status_code == 404
    client.post(PAGE, {"withdraw": made.pk})
    client.post(PAGE, {"withdraw": made.pk})
    client.post(PAGE, TERMS | {"platform_fee_pct": "5"})

    assert PayoutAgreement.objects.get().platform_fee_pct == 5


def test_a_version_that_has_begun_is_not_withdrawn(known, world, client_of):
    begun = known.agree()

    page = text_of(client_of(world.agent).post(PAGE, {"withdraw": begun.pk}, follow=True))

    assert "has begun: enter the next one instead" in page
    assert PayoutAgreement.objects.filter(pk=begun.pk).exists()
