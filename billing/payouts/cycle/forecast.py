"""Forecasts the next payout: amount, date and reason, and everything owed that is not included, with its reason.

The same code calculates the actual payout; the forecast uses sums instead of rows and assumes that the period ends as
things are now. So it differs from the actual payout only by what happens until then.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from billing.formatting.money import money
from billing.models import LedgerAccount, Payout, PayoutAgreement, PayoutCarry, Posting
from billing.payments.books import ledger
from billing.payouts.cycle import allocation, approval, cycle, wording
from billing.payouts.cycle.allocation import Pending
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import Scope
from chargers.models import Host

_FEES: Final = frozenset({"platform_fee", "processing"})
_NOT_SENT: Final = (Payout.State.CALCULATED, Payout.State.APPROVED, Payout.State.HELD)
_WAITS_FOR_ACCOUNT: Final = frozenset(
    {PayoutCarry.Kind.NO_ACCOUNT, PayoutCarry.Kind.COOLING_OFF, PayoutCarry.Kind.ERRORED}
)
"""Carried sums for which no date can be named: they go out once the bank account is in order."""
_ON_ITS_WAY: Final = (*_NOT_SENT, Payout.State.SUBMITTED, Payout.State.IN_TRANSIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`payout` is unsaved, or None if nothing would be paid or carried on. `pending` is owed but not included."""

    scope: Scope
    agreement: PayoutAgreement
    payout: Payout | None
    expected_on: date | None
    reason: str
    pending: list[Pending]

    @property
    def amount_minor(self) -> int:
        return self.payout.amount_minor if self.payout else 0

    @property
    def fees_minor(self) -> int:
        """Returns the fees that the payout will deduct; they are in the books only once it is closed."""
        rows = self.payout.bridge if self.payout else []
        return -sum(int(row["amount_minor"]) for row in rows if row["kind"] in _FEES)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Returns the bridge of the forecast payout."""
        return wording.rows(self.payout) if self.payout else []


def calculate(scope: Scope, *, now: datetime) -> Forecast | None:
    """Calculates the forecast; None if nothing was ever owed."""
    agreement = agreements.terms_at(scope, at=now)
    if agreement is None:
        return None
    zone = ZoneInfo(cycle.zone_of(scope))
    ends_at = cycle.next_end(agreement, zone=zone, now=now)
    closes_at = ends_at + timedelta(days=agreement.delay_days) if ends_at else now
    closes_at = max(closes_at, now)
    back = _came_back(scope)
    paid_before = [returned.pk for returned in back if approval.what_hinders(returned, now=closes_at) is None]
    outlook = cycle.preview_close(scope, until=ends_at or now, now=closes_at, paid_before=paid_before)
    ends_on = ((ends_at or now).astimezone(zone) - timedelta(microseconds=1)).date()
    payout = outlook.payout if outlook is not None else None
    rows = outlook.pending if outlook is not None else _pending(scope, until=ends_at or now, now=now)
    return Forecast(
        scope=scope,
        agreement=agreement,
        payout=payout,
        expected_on=payout.expected_on if payout and payout.amount_minor and ends_at else None,
        reason=_reason(payout, agreement, ends_on=ends_on),
        pending=[
            *(_add_dispute_fees(row, scope) for row in rows if row.why != "available"),
            *_list_carried_amounts(scope, payout),
            *(
                _build_returned_pending(returned, now=now)
                for returned in back
                if outlook is None or returned.pk not in outlook.repays
            ),
            *_not_sent(scope),
        ],
    )


def _pending(scope: Scope, *, until: datetime, now: datetime) -> list[Pending]:
    return allocation.pending(scope, own_places=agreements.other_places(scope, at=now), until=until)


def _add_dispute_fees(pending: Pending, scope: Scope) -> Pending:
    """Adds the bank's fee to a contested amount, because the host bears it whatever is decided. At most one query."""
    if pending.why != "disputed":
        return pending
    charged = Posting.objects.filter(
        account__host=scope.host,
        account__currency=scope.currency,
        account__code=LedgerAccount.Code.PROCESSOR_FEES,
        entry__source_type="dispute",
        allocation=None,
    )
    scope_postings = charged.filter(entry__session__property=scope.property_) if scope.property_ else charged
    fees = scope_postings.aggregate(sum=Sum(ledger.DEBITED))["sum"] or 0
    if not fees:
        return pending
    sentence = wording.pending(pending, currency=scope.currency)
    fee = money(fees, scope.currency)
    return replace(pending, sentence=f"{sentence} The bank's fee of {fee} is deducted with it, whatever it decides.")


def _list_carried_amounts(scope: Scope, payout: Payout | None) -> list[Pending]:
    """Returns carried amounts that stay if there is no next payout, without failed payouts."""
    if payout is not None:
        return []
    open_carries = PayoutCarry.objects.filter(payout__in=Payout.objects.filter(**scope.fields()), taken_by=None)
    sums = (
        open_carries.exclude(kind=PayoutCarry.Kind.FAILED)
        .order_by("kind")
        .values_list("kind")
        .annotate(minor=Sum("amount_minor"))
    )
    return [Pending(why=kind, sessions=0, amount_minor=minor, last_available_at=None) for kind, minor in sums]


def _came_back(scope: Scope) -> list[Payout]:
    """Returns failed payouts whose money no other payout has taken over yet. One query."""
    failed = Payout.objects.filter(**scope.fields(), carries__kind=PayoutCarry.Kind.FAILED, carries__taken_by=None)
    return list(failed.select_related("host", "property", "agreement", "bank_account").order_by("number"))


def _build_returned_pending(failed: Payout, *, now: datetime) -> Pending:
    amount = money(failed.amount_minor, failed.currency)
    step = approval.what_hinders(failed, now=now) or "It is paid again by itself within minutes."
    return Pending(
        why=PayoutCarry.Kind.FAILED,
        sessions=0,
        amount_minor=failed.amount_minor,
        last_available_at=None,
        sentence=f"{failed.label} that came back, {amount}. {step}",
    )


def _not_sent(scope: Scope) -> list[Pending]:
    """Returns payouts that are made but not sent, and are therefore still owed. One query."""
    waiting = Payout.objects.filter(**scope.fields(), state__in=_NOT_SENT).select_related("agreement")
    return [
        Pending(
            why="payout",
            sessions=0,
            amount_minor=payout.amount_minor,
            last_available_at=None,
            sentence=wording.not_sent(payout),
        )
        for payout in waiting.order_by("number")
    ]


def on_their_way(hosts: Collection[Host]) -> QuerySet[Payout]:
    """Returns payouts that have not reached the bank yet, including those not sent."""
    rows = Payout.objects.filter(host__in=hosts, state__in=_ON_ITS_WAY, amount_minor__gt=0)
    return rows.select_related("host", "agreement").order_by("host__name", "number")


def facts(forecast: Forecast) -> dict[str, Any]:
    """Returns a forecast as in the API."""
    currency = forecast.scope.currency
    return {
        "host": forecast.scope.host.slug,
        "property": forecast.scope.property_.slug if forecast.scope.property_ else None,
        "currency": currency,
        "amount_minor": forecast.amount_minor,
        "expected_on": forecast.expected_on.isoformat() if forecast.expected_on else None,
        "expected_reason": forecast.reason,
        "bridge": forecast.rows,
        "pending": [
            {
                "why": row.why,
                "sessions": row.sessions,
                "amount_minor": row.amount_minor,
                "sentence": wording.pending(row, currency=currency),
            }
            for row in forecast.pending
        ],
    }


def _reason(payout: Payout | None, agreement: PayoutAgreement, *, ends_on: date) -> str:
    date_reason = wording.next_date_reason(agreement, ends_on=ends_on)
    carry_row = next((row for row in payout.bridge if row["kind"] == "carried_out"), None) if payout else None
    if payout is None:
        return f"Nothing new is available for a payout yet. {date_reason}"
    if payout.amount_minor:
        return date_reason
    if carry_row is None:
        return wording.nothing_left(agreement, ends_on=ends_on)
    waits_for_account = carry_row["parts"] and all(part["kind"] in _WAITS_FOR_ACCOUNT for part in carry_row["parts"])
    reason = wording.sentence(carry_row, payout)
    return reason if waits_for_account else f"{reason} No payout is due. {date_reason}"
