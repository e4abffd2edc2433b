"""What cards and groups used in a month, as `authorization.decide.budgets` asks it.

It is what the list of sessions says: the energy and the price of each session's newest rating, less what was given
back. What has no price yet counts with its registers, and with what it would cost so far. Sessions that are held for
review or that failed do not count.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from authorization.decide.budgets import MonthUse, Use, UseQuestion
from billing.engine import price
from billing.engine.values.money import EXPONENTS
from billing.models import Rating, Session
from billing.payments.books import session_totals
from billing.pricing import benefits, session_facts
from billing.pricing.taxes import property_tax
from billing.sessions.lifecycle import listing

_NOT_COUNTED: Final = (Session.State.WAITING, *session_totals.NOT_BILLED)
_TOKEN, _GROUP = "token", "group"
_UNPRICED: Final = Q(currency="", rate_version__isnull=False, state__in=Session.LIVE)


def decimals(currency: str) -> int:
    """Returns the number of decimals of a currency's minor unit."""
    return EXPONENTS[currency]


def sum_use(question: UseQuestion) -> MonthUse:
    """Sums the sessions that cards began in the month, by the calendar of each session's property.

    One query. For amounts one more where sessions have no price yet, and about ten for each of these. Takes no locks.
    """
    sessions = _annotate_use(_find_sessions(question))
    sums = _sum_by(sessions.filter(token__in=question.tokens), key="token", kind=_TOKEN)
    if question.groups:
        by_group = _sum_by(sessions.filter(token__groups__in=question.groups), key="token__groups", kind=_GROUP)
        sums = sums.union(by_group, all=True)
    rows = list(sums)
    unpriced = {pk for *_, pks in rows for pk in pks or ()} if question.currencies else set[UUID]()
    costs = _estimate_costs(unpriced, now=question.now) if unpriced else {}
    uses: dict[str, dict[int, Use]] = {_TOKEN: {}, _GROUP: {}}
    for kind, key, currency, energy_wh, amount_minor, pks in rows:
        amounts = [(currency, amount_minor), *(costs[pk] for pk in pks or () if pk in costs)]
        uses[kind][key] = _add(uses[kind].get(key, Use()), energy_wh=energy_wh, amounts=amounts)
    return MonthUse(by_token=uses[_TOKEN], by_group=uses[_GROUP])


def _find_sessions(question: UseQuestion) -> QuerySet[Session]:
    sessions = Session.objects.filter(host=question.host_id).exclude(state__in=_NOT_COUNTED)
    sessions = listing.began_within(sessions, first=question.month, last=_last_day(question.month))
    if question.began_by is None:
        return sessions
    return sessions.alias(start=listing.BEGAN).filter(start__lte=question.began_by)


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _annotate_use(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Adds `energy_wh`, `amount_minor` and `currency`, which is empty without a price."""
    newest = Rating.objects.filter(session=OuterRef("pk")).order_by("-id")
    metered = Coalesce("transaction__meter_stop_wh", "transaction__register_wh") - F("transaction__meter_start_wh")
    return sessions.annotate(
        energy_wh=Coalesce(Subquery(newest.values("energy_wh")[:1]), Greatest(metered, 0), 0),
        amount_minor=Coalesce(Subquery(newest.values("total_minor")[:1]), 0)
        - Coalesce(session_totals.refund_sum_subquery(), 0),
        currency=Coalesce(Subquery(newest.values("currency")[:1]), Value("")),
    )


def _sum_by(sessions: QuerySet[Session], *, key: str, kind: str) -> Any:
    """Returns rows of kind, key, currency, energy, amount and the sessions without a price."""
    grouped = sessions.annotate(kind=Value(kind, output_field=CharField())).order_by().values("kind", key, "currency")
    sums = grouped.annotate(Sum("energy_wh"), Sum("amount_minor"), unpriced=ArrayAgg("pk", filter=_UNPRICED))
    return sums.values_list("kind", key, "currency", "energy_wh__sum", "amount_minor__sum", "unpriced")


def _estimate_costs(pks: Collection[UUID], *, now: datetime) -> dict[UUID, tuple[str, int]]:
    """Returns currency and cost so far of each session; sessions without a register value are left out."""
    sessions = Session.objects.filter(pk__in=pks).select_related(
        "charger", "property", "transaction", "rate_version__rate", "driver__user"
    )
    costs = {session.pk: _estimate_cost(session, now=now) for session in sessions}
    return {pk: cost for pk, cost in costs.items() if cost is not None}


def _estimate_cost(session: Session, *, now: datetime) -> tuple[str, int] | None:
    """Prices the session so far, as its page does, but without locking the allowance of a plan: a charger waits."""
    inputs, version = session_facts.load(session, until=now), session.rate_version
    if inputs is None or version is None:
        return None
    currency = version.rate.currency
    applied = benefits.preview_rate(session.benefits, property_tax.of_session(session), currency=currency)
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
