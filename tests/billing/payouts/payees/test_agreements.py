"""Which terms are in force for a host, whenever it joins, and that nobody changes them by looking."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from billing.models import Payout, PayoutAgreement
from billing.payouts.cycle import cycle, forecast
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import TermsError
from tests.kit.payouts import books

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12))


def day(number, month=11):
    return datetime(2026, month, number, 12, tzinfo=UTC)


def versions(known):
    return list(PayoutAgreement.objects.filter(host=known.host).order_by("number"))


def test_a_hosts_terms_stay_when_it_joins_in_a_running_month():
    known = books()
    known.bank(at=day(10))
    made = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(12), delay_days=2)
    known.sale(1000, at=day(12))

    for number in range(13, 30):
        assert cycle.close_due(now=day(number)) == 0
        assert forecast.calculate(known.scope, now=day(number)).fees_minor == 120
    cycle.close_due(now=DECEMBER + timedelta(days=3))

    assert versions(known) == [made]
    assert agreements.in_force(known.scope, at=day(20)).platform_fee_pct == 12
    payout = Payout.objects.get(host=known.host)
    assert (payout.agreement, payout.amount_minor) == (made, 880)


def test_a_host_without_terms_gets_one_version_when_its_first_period_closes():
    known = books()
    known.bank(at=day(10))
    known.sale(1000, at=day(12))

    for number in range(13, 30):
        cycle.close_due(now=day(number))
        assert forecast.calculate(known.scope, now=day(number)).amount_minor == 1000
    assert versions(known) == []
    for number in range(3, 20):
        cycle.close_due(now=day(number, month=12))

    [made] = versions(known)
    assert (made.made_by, made.valid_from) == ("standard terms", day(12))
    assert Payout.objects.get(host=known.host).agreement == made


def test_terms_that_begin_after_the_first_sale_leave_the_time_before_to_the_standard_terms():
    known = books()
    known.bank(at=OCTOBER)
    known.sale(1000, at=day(12, month=10))
    agreed = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(12), delay_days=2, threshold_minor=700)
    known.sale(1000, at=day(12))

    cycle.close_due(now=day(5))
    cycle.close_due(now=DECEMBER + timedelta(days=5))

    october, november = Payout.objects.filter(host=known.host).order_by("ends_at")
    assert (october.amount_minor, october.agreement.made_by) == (1000, "standard terms")
    assert (november.amount_minor, november.agreement) == (880, agreed)
    later = known.agree(valid_from=DECEMBER, platform_fee_pct=Decimal(13))
    assert (later.number, later.threshold_minor) == (3, 700)


def test_a_version_of_the_same_beginning_takes_the_place_of_the_one_before():
    known = books()
    wrong = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(21))

    right = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(12))

    wrong.refresh_from_db()
    assert wrong.state == "replaced"
    assert agreements.in_force(known.scope, at=NOVEMBER) == right
    assert agreements.find_replaced_terms(right) == wrong


def test_a_version_that_waits_leaves_the_one_of_its_beginning_in_force_until_it_is_confirmed():
    known = books()
    cheap = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(12))
    dear = known.agree(valid_from=NOVEMBER, platform_fee_pct=Decimal(21))

    agreements.wait(dear)
    assert agreements.in_force(known.scope, at=NOVEMBER) == cheap
    dear = agreements.confirm(dear, by="user:second@example.com", now=NOVEMBER)

    assert agreements.in_force(known.scope, at=NOVEMBER) == dear
    assert agreements.find_replaced_terms(dear).platform_fee_pct == 12


def test_a_version_never_begins_before_the_newest_one():
    known = books()
    known.agree(valid_from=NOVEMBER)
    with pytest.raises(TermsError, match="after version 1, which begins 1 November 2026"):
        known.agree(valid_from=OCTOBER)


def test_the_database_holds_one_agreed_version_of_a_scope_and_a_beginning():
    known = books()
    made = known.agree(valid_from=NOVEMBER)
    twin = PayoutAgreement.objects.get(pk=made.pk)
    twin.pk, twin.number = None, 2
    with pytest.raises(IntegrityError, match="payoutagreement_one_beginning"), transaction.atomic():
        twin.save(force_insert=True)
