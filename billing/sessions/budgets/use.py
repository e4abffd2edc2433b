"""What cards and groups used in a month, as `authorization.decide.budgets` asks it.

It is what the list of sessions says: the energy and the price of each session's newest rating, less what was given
back. What has no price yet counts with its registers, and with what it would cost so far. Sessions that are held for
review or that failed do not count.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from authorization.decide.budgets import MonthUse, Use, UseQuestion
from billing.engine import price
from billing.engine.values.money import EXPONENTS
from billing.models import Session
from billing.payments.books import session_totals
from billing.pricing import benefits, session_facts
from billing.pricing.taxes import property_tax
from billing.pricing.taxes.property_tax import UnknownTaxError

_NOT_COUNTED: Final = (Session.State.WAITING, *session_totals.NOT_BILLED)
_TOKEN, _GROUP = "token", "group"
_WIDEST_OFFSET: Final = timedelta(hours=14)
"""Of any zone from UTC: bounds by which the index finds the sessions whose local day is then compared."""
_BEGAN: Final = "COALESCE(s.started_at, s.opened_at)"
# In SQL, because a charger waits: building the same query by the ORM takes several times as long as running it.
_USE: Final = f"""
    WITH counted AS (
        SELECT s.id, s.token_id, COALESCE(r.currency, '') AS currency,
            COALESCE(r.energy_wh,
                     GREATEST(COALESCE(t.meter_stop_wh, t.register_wh) - t.meter_start_wh, 0), 0) AS energy_wh,
            COALESCE(r.total_minor, 0) - COALESCE(back.total_minor, 0) AS amount_minor,
            r.currency IS NULL AND s.rate_version_id IS NOT NULL AND s.state = ANY(%(live)s) AS is_unpriced
        FROM billing_session s
        JOIN chargers_property p ON p.id = s.property_id
        LEFT JOIN chargers_transaction t ON t.id = s.transaction_id
        LEFT JOIN LATERAL (SELECT * FROM billing_rating WHERE session_id = s.id ORDER BY id DESC LIMIT 1) r ON true
        LEFT JOIN LATERAL (
            SELECT sum(f.total_minor) AS total_minor
            FROM billing_refund f JOIN billing_receipt c ON c.id = f.receipt_id
            WHERE c.session_id = s.id AND f.credit_note_id IS NOT NULL) back ON true
        WHERE s.host_id = %(host)s AND s.state <> ALL(%(not_counted)s)
          AND s.token_id = ANY(%(tokens)s::bigint[] || ARRAY(
              SELECT token_id FROM authorization_token_groups WHERE tokengroup_id = ANY(%(groups)s::bigint[])))
          AND {_BEGAN} >= %(earliest)s AND {_BEGAN} < %(latest)s
          AND (%(began_by)s::timestamptz IS NULL OR {_BEGAN} <= %(began_by)s::timestamptz)
          AND timezone(p.time_zone, {_BEGAN})::date BETWEEN %(first)s AND %(last)s
    )
    SELECT '{_TOKEN}', token_id, currency, sum(energy_wh)::bigint, sum(amount_minor)::bigint,
        array_agg(id) FILTER (WHERE is_unpriced)
    FROM counted WHERE token_id = ANY(%(tokens)s::bigint[]) GROUP BY token_id, currency
    UNION ALL
    SELECT '{_GROUP}', g.tokengroup_id, currency, sum(energy_wh)::bigint, sum(amount_minor)::bigint,
        array_agg(counted.id) FILTER (WHERE is_unpriced)
    FROM counted JOIN authorization_token_groups g USING (token_id)
    WHERE g.tokengroup_id = ANY(%(groups)s::bigint[]) GROUP BY g.tokengroup_id, currency
"""  # noqa: S608 - made of constants


def decimals(currency: str) -> int:
    """Returns the number of decimals of a currency's minor unit."""
    return EXPONENTS[currency]


def sum_use(question: UseQuestion) -> MonthUse:
    """Sums the sessions that cards began in the month, by the calendar of each session's property.

    One query. For amounts one more where sessions have no price yet, and about ten for each of these. Takes no locks.
    """
    first, last = question.month, _find_last_day(question.month)
    values: dict[str, Any] = {
        "host": question.host_id,
        "tokens": list(question.tokens),
        "groups": list(question.groups),
        "first": first,
        "last": last,
        "earliest": datetime.combine(first, time(), tzinfo=UTC) - _WIDEST_OFFSET,
        "latest": datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1) + _WIDEST_OFFSET,
        "began_by": question.began_by,
        "not_counted": list(_NOT_COUNTED),
        "live": list(Session.LIVE),
    }
    with connection.cursor() as cursor:
        cursor.execute(_USE, values)
        rows = cursor.fetchall()
    unpriced = {pk for *_, pks in rows for pk in pks or ()} if question.currencies else set[UUID]()
    costs = _estimate_costs(unpriced, now=question.now) if unpriced else {}
    uses: dict[str, dict[int, Use]] = {_TOKEN: {}, _GROUP: {}}
    for kind, key, currency, energy_wh, amount_minor, pks in rows:
        amounts = [(currency, amount_minor), *(costs[pk] for pk in pks or () if pk in costs)]
        uses[kind][key] = _add(uses[kind].get(key, Use()), energy_wh=energy_wh, amounts=amounts)
    return MonthUse(by_token=uses[_TOKEN], by_group=uses[_GROUP])


def _find_last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _estimate_costs(pks: Collection[UUID], *, now: datetime) -> dict[UUID, tuple[str, int]]:
    """Returns currency and cost so far of each session; sessions without a register value are left out."""
    sessions = Session.objects.filter(pk__in=pks).select_related(
        "charger", "property", "transaction", "rate_version__rate", "driver__user"
    )
    costs = {session.pk: _estimate_cost(session, now=now) for session in sessions}
    return {pk: cost for pk, cost in costs.items() if cost is not None}


def _estimate_cost(session: Session, *, now: datetime) -> tuple[str, int] | None:
    """Prices the session so far, as its page does, but without locking the allowance of a plan: a charger waits.

    None without a register value, and where the property's tax is missing, which is said where sessions are priced.
    """
    inputs, version = session_facts.load(session, until=now), session.rate_version
    if inputs is None or version is None:
        return None
    currency = version.rate.currency
    try:
        definition = property_tax.of_session(session)
    except UnknownTaxError:
        return None
    applied = benefits.preview_rate(session.benefits, definition, currency=currency)
    report = price.price(
        rate=applied.rate(currency=currency),
        facts=replace(inputs.facts, benefits=applied.engine),
        zone=inputs.zone,
        as_of=inputs.not_before_last_register(now),
    )
    return currency, report.total_minor


def _add(use: Use, *, energy_wh: int, amounts: Collection[tuple[str, int]]) -> Use:
    sums = defaultdict[str, int](int, use.amounts_minor)
    for currency, amount_minor in amounts:
        if currency:
            sums[currency] += amount_minor
    return Use(use.energy_wh + energy_wh, sums)
