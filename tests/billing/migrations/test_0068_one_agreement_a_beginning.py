"""Versions that the standard terms replaced by mistake are in force again, and what they priced is named."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from billing.models import PayoutAgreement
from billing.payees import agreements
from billing.payouts import false_terms
from tests.kit.migrating import Migrate, landed, migrate
from tests.kit.payouts import books

__all__ = ["migrate"]

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
BEFORE, AFTER = [("billing", "0067_scheduled_deletions")], [("billing", "0068_one_agreement_a_beginning")]


def version(old, known, number, *, by="user:agent@example.com", valid_from=NOVEMBER, **terms):
    return old.get_model("billing", "PayoutAgreement").objects.create(
        host_id=known.host.pk, currency="USD", number=number, made_by=by, made_at=valid_from, valid_from=valid_from,
        **terms,
    )  # fmt: skip


def payout(old, known, number, made):
    return old.get_model("billing", "Payout").objects.create(
        id=uuid.uuid4(), host_id=known.host.pk, currency="USD", number=number, agreement=made, begins_at=NOVEMBER,
        ends_at=DECEMBER + timedelta(days=number), time_zone="UTC", state="carried", created_at=DECEMBER,
    )  # fmt: skip


@landed
def test_terms_that_were_replaced_by_the_standard_ones_are_in_force_again_and_named(migrate: Migrate, capsys):
    harmed, twice, unagreed = books("harmed"), books("twice"), books("unagreed")
    joined, first_sale = NOVEMBER + timedelta(days=9), NOVEMBER + timedelta(days=12)
    old = migrate(BEFORE)
    version(old, harmed, 1, platform_fee_pct=Decimal(12))
    false = [version(old, harmed, number, by="standard terms", valid_from=first_sale) for number in (2, 3, 4)]
    payout(old, harmed, 1, false[1])
    version(old, twice, 1, valid_from=joined, platform_fee_pct=Decimal(21))
    version(old, twice, 2, valid_from=joined, platform_fee_pct=Decimal(12))
    looked = [version(old, unagreed, number, by="standard terms", valid_from=first_sale) for number in (1, 2, 3)]
    payout(old, unagreed, 1, looked[0])

    migrate(AFTER)
    told = capsys.readouterr().out
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())

    at = NOVEMBER + timedelta(days=20)
    assert agreements.in_force(harmed.scope, at=at).platform_fee_pct == 12
    assert agreements.in_force(twice.scope, at=at).number == 2
    assert agreements.in_force(unagreed.scope, at=at).pk == looked[0].pk
    assert PayoutAgreement.objects.count() == 9
    assert "Harmed: payout P-000001 was calculated by the standard terms instead" in told
    [named] = false_terms.payouts(since=NOVEMBER)
    assert (named.host, named.label) == (harmed.host, "P-000001")
