"""A start that comes late is judged by what was open then, without reading the history of its host."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from authorization.decide import decisions, queries
from authorization.decide.facts import Kind, Request
from chargers.models import Charger, Transaction
from tests.kit import site as sites
from tests.kit.site import NOON, UID

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    """4,000 sessions of the past year at the charger, and 4,000 at another of its host."""
    site = sites.build()
    sites.member_token(site)
    other = Charger.objects.create(charger_id="CP9", station_id="CP9", property=site.charger.property)
    rows = [
        Transaction(
            charger=charger,
            transaction_id=f"{charger.pk}-{number}",
            id_token=f"04{number % 500:04X}",
            started_at=NOON - timedelta(hours=2 * number + 2),
            start_received_at=NOON,
            evse_number=1,
            ocpp_version="1.6",
            stopped_at=NOON - timedelta(hours=2 * number + 1),
            authorization_status="Accepted",
        )
        for charger in {site.charger, other}
        for number in range(4000)
    ]
    Transaction.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chargers_transaction")
    return site


def scanned(plan):
    """How many transactions a plan has looked at."""
    below = sum(scanned(one) for one in plan.get("Plans", ()))
    if plan.get("Relation Name") != "chargers_transaction":
        return below
    seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + seen * plan["Actual Loops"]


@pytest.mark.long
@pytest.mark.parametrize("asks_elsewhere", [False, True])
@pytest.mark.parametrize("late_by", [timedelta(minutes=5), timedelta(days=3)])
def test_a_late_start_reads_no_more_than_what_was_open_then(site, asks_elsewhere, late_by):
    request = Request(kind=Kind.START, at=NOON - late_by, uid=UID, canonical_uid=UID, late=True)
    values = queries.values_of(request, charger_pk=site.charger.pk, transaction_id="9")
    statement = queries._VARIANTS[asks_elsewhere, True]

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", values)
        (told,) = cursor.fetchone()

    plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    assert scanned(plan) < 100


def test_it_still_knows_what_was_open_at_the_time_of_a_late_start(site):
    Transaction.objects.create(
        charger=Charger.objects.get(charger_id="CP9"),
        transaction_id="open-then",
        id_token=UID,
        evse_number=1,
        started_at=NOON - timedelta(hours=5),
        start_received_at=NOON,
        stopped_at=NOON - timedelta(hours=3),
        authorization_status="Accepted",
        ocpp_version="1.6",
    )
    question = decisions.Question(kind="start", at=NOON - timedelta(hours=4), uid=UID, late=True)

    outcome = decisions.decide(charger=site.charger, question=question, now=NOON, dry_run=True)

    assert outcome.reason == "already_charging"
