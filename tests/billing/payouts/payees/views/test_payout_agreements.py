"""The agreement page: every version for the host and its agents, and the next version entered by an agent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from authorization.models import ApiKey, AuditEntry, User
from billing.models import PayoutAgreement
from billing.payouts.cycle import cycle
from billing.payouts.payees import acts as payee_act_acts
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import TermsError
from tests.kit.payout_agreements_pages import TERMS, day, known, mails_of, text_of

__all__ = ["known"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
NEXT = (NOW.replace(day=1) + timedelta(days=32)).date().replace(day=1)
ClientOf = Callable[..., Client]
PAGE = "/payouts/sunset/agreement/"
MIDNIGHT = datetime(NEXT.year, NEXT.month, 1, tzinfo=ZoneInfo("America/New_York"))


def test_a_host_reads_the_standard_terms_before_its_first_sale(world, client_of):
    page = text_of(client_of(world.owner).get(f"/payouts/{world.host.slug}/agreement/"))

    assert "The standard terms apply from the first paid session." in page
    assert PayoutAgreement.Remitter.PLATFORM.label in page, "who keeps the tax"


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
    known.agree()
    page = client_of(world.agent).post(PAGE, TERMS | {"valid_from": begins}).content.decode()

    assert expected in page
    assert PayoutAgreement.objects.count() == 1


FREE = {"platform_fee_pct": "0", "processing": "included", "subscription": "0", "reserve": "0", "threshold": "0"}


@pytest.mark.parametrize("days", [-9, -8, 0, 5, 6])
def test_the_first_agreement_begins_on_any_day_before_anything_is_sold(known, world, client_of, days):
    client_of(world.agent).post(PAGE, TERMS | {"valid_from": day(NOW + timedelta(days=days))})

    assert PayoutAgreement.objects.get().cycle == "weekly"


@pytest.mark.parametrize("days", [-9, -8])
def test_the_first_agreement_may_begin_before_the_first_sale(known, world, client_of, days):
    known.sale(1000, at=NOW - timedelta(days=7))
    terms = TERMS | FREE | {"delay_days": "2"}  # no worse for the host than the standard terms

    client_of(world.agent).post(PAGE, terms | {"valid_from": day(NOW + timedelta(days=days))})

    assert PayoutAgreement.objects.get().state == "agreed"


def test_the_first_agreement_cuts_no_period_in_which_something_was_sold(known, world, client_of):
    known.sale(1000, at=NOW - timedelta(days=1))
    client, monday = client_of(world.agent), NOW + timedelta(days=7 - NOW.weekday())

    for later in (monday + timedelta(days=2), monday + timedelta(days=3)):
        if not day(later).endswith("-01"):  # a month may begin there
            page = client.post(PAGE, TERMS | {"valid_from": day(later)}).text
            assert "Payouts are weekly: begin on a Monday, at midnight in America/New_York." in page
    assert not PayoutAgreement.objects.exists()

    client.post(PAGE, TERMS | {"valid_from": monday.date().isoformat()})
    assert PayoutAgreement.objects.get().valid_from.date() == monday.date()


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


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"platform_fee_pct": "100"}, "the platform would keep 101.4 %, which is more than 25 %"),
        ({"platform_fee_pct": "24"}, "the platform would keep 25.4 %, which is more than 25 %"),
        ({"delay_days": "30"}, "the delay would be 30 days, which is more than 14"),
        ({"reserve": "5000"}, "the reserve would be €5,000.00, which is more than €500.00"),
        ({"threshold": "501"}, "the smallest payout would be €501.00, which is more than €500.00"),
        ({"subscription": "101"}, "the subscription would be €101.00, which is more than €100.00"),
        ({"processing_fixed": "2"}, "the agreed price of each payment would be €2.00, which is more than €1.00"),
    ],
)
def test_much_worse_terms_need_a_second_agent(known, world, client_of, terms, why):
    second = User.objects.create(email="second@example.com", is_agent=True)
    client = client_of(world.agent)

    entered = text_of(client.post(PAGE, TERMS | terms, follow=True))
    made = PayoutAgreement.objects.get()
    hidden = text_of(client_of(world.owner).get(PAGE))
    own = text_of(client.post(PAGE, {"confirm": made.pk}, follow=True))
    waits = agreements.in_force(known.scope, at=NOW + timedelta(days=40))
    again = client.post(PAGE, TERMS).content.decode()
    no_letter_yet = not mails_of(world)
    done = text_of(client_of(second).post(PAGE, {"confirm": made.pk}, follow=True))

    assert f"if a second person agrees to it: {why}" in entered
    assert "Waits for a second person" in entered
    assert "Nothing was agreed yet" in hidden
    assert "a second person has to agree" in own
    assert waits is None
    assert "Version 1 waits for a second person" in again
    assert no_letter_yet
    assert "Version 1 is agreed" in done
    assert agreements.in_force(known.scope, at=NOW + timedelta(days=40)) == made
    assert len(mails_of(world)) == 1
    assert AuditEntry.objects.get(verb="payout_agreement.confirmed").user == second


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"platform_fee_pct": "11.7"}, "the platform would keep 13.1 %, which is 5.1 % more than was agreed"),
        ({"subscription": "39.01"}, "the subscription would be €39.01, which is €20.01 more than was agreed"),
    ],
)
def test_a_large_step_from_what_was_agreed_needs_a_second_agent(known, world, client_of, terms, why):
    agreed = {"processing": "agreed", "processing_pct": Decimal("1.4"), "processing_fixed_minor": 25}
    agreed |= {"cycle": "weekly", "subscription_minor": 1900, "threshold_minor": 2500, "reserve_minor": 10_000}
    known.agree(platform_fee_pct=Decimal("6.6"), delay_days=3, **agreed)
    monday = {"valid_from": (NEXT + timedelta(days=-NEXT.weekday() % 7)).isoformat(), "platform_fee_pct": "6.6"}

    page = text_of(client_of(world.agent).post(PAGE, TERMS | monday | terms, follow=True))

    assert f"if a second person agrees to it: {why}" in page


def test_two_people_stay_needed_unless_two_people_agree(known, world, client_of):
    known.agree(two_people_above_minor=100_000)

    page = text_of(client_of(world.agent).post(PAGE, TERMS | {"two_people_above": ""}, follow=True))

    assert "payouts above €1,000.00 would no longer need two people" in page


def test_terms_that_stay_or_get_better_need_one_agent(known, world, client_of):
    known.agree(platform_fee_pct=Decimal(60), delay_days=30)

    page = text_of(client_of(world.agent).post(PAGE, TERMS | {"platform_fee_pct": "40", "delay_days": "30"}))
    client_of(world.agent).post(PAGE, TERMS | {"platform_fee_pct": "40", "delay_days": "30"})

    assert "Waits for a second person" not in page
    assert agreements.in_force(known.scope, at=NOW + timedelta(days=40)).platform_fee_pct == 40


def test_worse_terms_do_not_begin_before_the_host_hears_of_them(known, world, client_of):
    known.sale(1000, at=NOW - timedelta(days=3))
    this_month = NOW.date().replace(day=1).isoformat()

    page = client_of(world.agent).post(PAGE, TERMS | {"valid_from": this_month}).content.decode()

    assert "These terms are worse for the host: they begin on a day after today." in page
    assert not PayoutAgreement.objects.exists()
    assert not mails_of(world)


def test_a_version_is_not_withdrawn_under_a_later_one(known, world, client_of):
    client = client_of(world.agent)
    client.post(PAGE, TERMS | {"cycle": "monthly"})
    first = PayoutAgreement.objects.get()
    client.post(PAGE, TERMS | {"cycle": "monthly", "valid_from": (NEXT + timedelta(days=32)).replace(day=1)})

    page = text_of(client.post(PAGE, {"withdraw": first.pk}, follow=True))

    assert "Version 2 builds on it: withdraw that one first." in page
    assert PayoutAgreement.objects.count() == 2


def test_the_person_behind_an_api_key_is_not_the_second(known, world):
    key, _ = ApiKey.objects.create_key(name="agents", is_agent=True, made_by=world.agent)
    made = payee_act_acts.agree(known.scope, valid_from=MIDNIGHT, by=key, now=NOW, platform_fee_pct=Decimal(90))

    with pytest.raises(TermsError, match="An API key that acts for you entered this version"):
        payee_act_acts.confirm_agreement(made, by=world.agent, now=NOW)
