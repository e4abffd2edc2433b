"""The benefits of a driver's plan for a session: looked up when it begins, frozen on it, applied when it is priced.

The allowance is used in the order in which sessions are priced, which is that of their ends; no energy is used twice. A
waived fee stays on the receipt as a line at no cost.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform

from authorization.models import Stay
from billing.engine.rate import tariff
from billing.engine.rate.definition import WaivedFee, waive
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.values import units
from billing.engine.values.facts import Benefits
from billing.models import PlanChange, Rating, Session, SubscriptionPeriod
from chargers.lib.i18n import mark

_PERIOD: Final = KeyTextTransform("period", "benefits")
"""As in the index on sessions."""
INCLUDED: Final = "included energy"
"""The label of the line of energy that the allowance covers (billing.engine.lines)."""
_LABELS: Final = {"connection": mark("connection fee"), "processing": mark("processing fee"), "idle": mark("idle time")}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedBenefits:
    """A rate with the plan's benefits, the input of the engine, and the lines of waived fees."""

    definition: dict[str, Any]
    engine: Benefits
    waived: tuple[dict[str, Any], ...] = ()

    def rate(self, *, currency: str) -> tariff.Rate:
        return tariff.parse_rate(self.definition, currency=currency)

    def with_waived_fees(self, report: dict[str, Any]) -> dict[str, Any]:
        """Returns the report with a line for each waived fee."""
        if not report["lines"]:
            return report
        idle = report.get("idle")
        minutes = idle["billed_minutes"] if idle else 0
        lines = [
            line | {"quantity": str(minutes), "minutes": minutes} if line["kind"] == "idle" else line
            for line in self.waived
            if line["kind"] != "idle" or minutes
        ]
        return report | {"lines": [*report["lines"], *lines]}


def find_for_driver(driver_id: UUID | None, *, host_id: int, property_id: int, now: datetime) -> dict[str, Any] | None:
    """Returns the benefits here of the driver's plan at this host, to be frozen on a session.

    One query, two with a plan.
    """
    if driver_id is None:
        return None
    patient = timedelta(days=settings.SUBSCRIPTION_BENEFITS_DAYS)
    in_order = Q(subscription__state="active", state="paid")
    forgiven = Q(subscription__state="past_due", subscription__past_due_since__gt=now - patient)
    periods = SubscriptionPeriod.objects.filter(
        in_order | forgiven,
        subscription__driver=driver_id,
        subscription__host=host_id,
        begins_at__lte=now,
        ends_at__gt=now,
    )
    period = periods.select_related("version__plan").order_by("-number").first()
    if period is None:
        return None
    places = set(period.version.properties.values_list("pk", flat=True))
    if places and property_id not in places:
        return None
    return {
        "period": str(period.pk),
        "plan": period.version.plan.name,
        "included_wh": period.included_wh,
        "discount_pct": units.decimal_text(period.version.discount_pct),
        "waives": list(period.version.waives),
    }


def apply_to_session(session: Session, definition: Mapping[str, Any], *, currency: str) -> AppliedBenefits:
    """Returns the rate for this session.

    Call it in the transaction that prices it: the allowance is locked until then.
    """
    return _apply_benefits(session.benefits, definition, currency=currency, included_wh=left_wh(session))


def preview_rate(frozen: Mapping[str, Any] | None, definition: Mapping[str, Any], *, currency: str) -> AppliedBenefits:
    """Returns the rate for a driver who has not started, with the plan's remaining benefits; takes no locks."""
    remaining_wh = 0
    if frozen and frozen.get("included_wh"):
        remaining_wh = max(int(frozen["included_wh"]) - used_wh(frozen["period"]), 0)
    return _apply_benefits(frozen, definition, currency=currency, included_wh=remaining_wh)


def _apply_benefits(
    frozen: Mapping[str, Any] | None, definition: Mapping[str, Any], *, currency: str, included_wh: int
) -> AppliedBenefits:
    if not frozen:
        return AppliedBenefits(definition=dict(definition), engine=Benefits())
    engine = Benefits(included_wh=included_wh, member_discount_pct=Decimal(frozen["discount_pct"]))
    reduced_definition, lines = dict(definition), []
    for kind in frozen["waives"]:
        reduced_definition, fee = waive(reduced_definition, kind)
        if fee is not None:
            lines.append(_waived_line(kind, fee, plan=frozen["plan"], currency=currency))
    return AppliedBenefits(definition=reduced_definition, engine=engine, waived=tuple(lines))


def left_wh(session: Session) -> int:
    """Returns what other sessions of the period have left of its allowance."""
    frozen = session.benefits or {}
    if not frozen.get("included_wh"):
        return 0
    if "stay" in frozen:  # locked like a plan's period, so that two sessions of one booking never get the same energy
        Stay.objects.select_for_update(no_key=True).filter(pk=frozen["stay"]).first()
        return max(int(frozen["included_wh"]) - used_wh(frozen["period"], but=session), 0)
    rows = SubscriptionPeriod.objects.select_related("change__period")
    period = rows.select_for_update(no_key=True, of=("self",)).filter(pk=frozen["period"]).first()
    late = _late_wh(period) if period is not None else 0
    return max(int(frozen["included_wh"]) - late - used_wh(frozen["period"], but=session), 0)


def used_wh(period_id: str | UUID, *, but: Session | None = None) -> int:
    """Returns what sessions used of a period's allowance, by the newest rating of each."""
    return _used_by_period([period_id], but=but).get(str(period_id), 0)


def taken_wh(period: SubscriptionPeriod) -> int:
    """Returns the used energy of the period: by its sessions, or, of carried-over energy, by a late session
    before it.
    """
    return taken_by_period([period])[period.pk]


def taken_by_period(periods: Collection[SubscriptionPeriod]) -> dict[UUID, int]:
    """Returns `taken_wh` for each of these periods; two queries for all of them."""
    subscriptions = {period.subscription_id for period in periods}
    plan_changes = PlanChange.objects.filter(subscription__in=subscriptions, made__isnull=False, carried_wh__gt=0)
    changes = {change.made_id: change for change in plan_changes}
    period_ids = {period.pk for period in periods} | {change.period_id for change in plan_changes}
    used = _used_by_period(period_ids)

    def taken(period_id: UUID) -> int:
        change = changes.get(period_id)
        late = _late_of(change, taken_before=taken(change.period_id)) if change else 0
        return used.get(str(period_id), 0) + late

    return {period.pk: taken(period.pk) for period in periods}


def carried_wh(period: SubscriptionPeriod) -> int:
    """Returns how much of the period's energy was carried over from the plan before; 0 if it did not begin with a
    change.
    """
    change = getattr(period, "change", None)
    return change.carried_wh if change else 0


def _late_wh(period: SubscriptionPeriod) -> int:
    """Returns how much of the carried-over energy was used by sessions that stayed on the old plan during a change."""
    if not carried_wh(period):
        return 0
    return _late_of(period.change, taken_before=taken_wh(period.change.period))


def _late_of(change: PlanChange, *, taken_before: int) -> int:
    return min(max(taken_before - change.used_wh, 0), change.carried_wh)


def _used_by_period(period_ids: Iterable[str | UUID], *, but: Session | None = None) -> dict[str, int]:
    """Returns used watt-hours by the period's id; periods without a session are left out. One indexed query."""
    ids = [str(pk) for pk in period_ids]
    sessions = Session.objects.annotate(period=_PERIOD).filter(period__in=ids, benefits__isnull=False)
    newest = Rating.objects.filter(session__in=sessions.values("pk")).exclude(session=but).order_by("session_id", "-id")
    rows = newest.distinct("session_id").annotate(period=KeyTextTransform("period", "session__benefits"))
    used: dict[str, int] = {}
    for period, report in rows.values_list("period", "report"):
        included = (int(line["wh"]) for line in report["lines"] if line["label"] == INCLUDED)
        used[period] = used.get(period, 0) + sum(included)
    return used


def _waived_line(kind: str, fee: WaivedFee, *, plan: str, currency: str) -> dict[str, Any]:
    """Returns the receipt's line at no cost, with what the plan saves: an amount, a share of the sum, or both."""
    facts: dict[str, Any] = {"plan": plan}
    if fee.per_min is not None:
        facts |= {"fee_amount": [fee.per_min, currency]}
        return _line(kind, unit="min", reason=PriceReason(Code.PLAN_WAIVES_PER_MINUTE, facts))
    facts |= {"fee_amount": [fee.fixed, currency]} if fee.fixed is not None else {}
    facts |= {"share_pct": fee.share_pct} if fee.share_pct is not None else {}
    share_code = Code.PLAN_WAIVES_SHARE if fee.fixed is None else Code.PLAN_WAIVES_BOTH
    code = Code.PLAN_WAIVES if fee.share_pct is None else share_code
    return _line(kind, unit="session", reason=PriceReason(code, facts))


def _line(kind: str, *, unit: str, reason: PriceReason) -> dict[str, Any]:
    return {
        "kind": kind, "label": _LABELS[kind], "amount": 0, "exact": "0", "quantity": "1", "unit": unit,
        "unit_price": "0", "tax_pct": "0", "waived": True,
        "reason": reasons.render((reason,), speech=English()), "reasons": [reason.as_json()],
    }  # fmt: skip
