"""The bridge from the dashboard's figures to the amount the bank receives: rows in a fixed order that add up.

The rows are made from the payout's own allocations when it is calculated; later postings belong to a later payout.
Amounts are minor units, positive for the host.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When

from billing.models import LedgerAccount, Payout, PayoutAgreement, PayoutCarry, Posting
from billing.payments.books import ledger
from billing.payouts.cycle.allocation import Sales, TakenPostings
from billing.payouts.cycle.deductions import Deduction

Row = dict[str, Any]
"""`kind`, `amount_minor`, and the facts for its sentence: `sessions`, `days` and the like."""

LABELS: Final[Mapping[str, str]] = {
    "sessions": "Charged for sessions that ended in the period",
    "tax": "Tax that the platform remits",
    "timing_out": "Ended in the period, not available yet",
    "timing_in": "Ended earlier, available now",
    "refunds": "Refunds",
    "platform_fee": "Platform fee",
    "processing": "Card processing",
    "other": "Plans, disputes, subscription and corrections",
    "carried_in": "Carried from earlier payouts",
    "carried_out": "Carried to the next payout",
}
NOT_PAID: Final = (Payout.State.CARRIED, Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REISSUED)
"""States in which the last row carries everything on, so that the rows add up to zero."""
_GROUPS: Final[Mapping[str, str]] = {
    "refunds": "refunds", "fee_returned": "platform_fee", "platform_fee": "platform_fee", "processing": "processing",
    "plans": "other", "disputes": "other", "dispute_fee": "other", "subscription": "other", "adjustments": "other",
    "home_fees": "other",
    "written_off": "other", "tax_remitted": "tax",
}  # fmt: skip


def rows(
    payout: Payout,
    *,
    totals: TakenPostings,
    deductions: Sequence[Deduction],
    opening_labels: Sequence[str],
    carried_by_kind: Mapping[PayoutCarry.Kind, int],
) -> list[Row]:
    """Makes the rows of a calculated payout, stored or not; empty rows are left out.

    `opening_labels`: the payouts whose remainder it took over. `carried_by_kind`: what it carries on, by kind.
    """
    sales = totals.sales
    late, early = sales.get((True, False), Sales()), sales.get((False, True), Sales())
    included = sales.get((True, True), Sales()).plus(late)
    by_kind: dict[str, Row] = {kind: {"kind": kind, "amount_minor": 0} for kind in LABELS}
    by_kind["sessions"] |= {"amount_minor": included.gross_minor, "sessions": included.sessions}
    by_kind["tax"] |= {"amount_minor": -included.tax_minor}
    by_kind["processing"] |= _build_rate_processing(included)
    by_kind["timing_out"] |= {"amount_minor": -late.net_minor, "sessions": late.sessions}
    by_kind["timing_in"] |= {"amount_minor": early.net_minor, "sessions": early.sessions}
    for kind, (count, minor) in sorted(_sum_by_kind(totals, deductions).items()):
        row = by_kind[_GROUPS[kind]]
        row["amount_minor"] += minor
        if minor:
            part = {"kind": kind, "count": count, "amount_minor": minor}
            part |= _share(payout, totals, kind) | _payments(payout, totals, kind)
            row["parts"] = [*row.get("parts", ()), part]
    carry_parts = [{"kind": kind.value, "amount_minor": -minor} for kind, minor in carried_by_kind.items() if minor]
    by_kind["carried_in"] |= {"amount_minor": payout.opening_minor, "payouts": sorted(opening_labels)}
    by_kind["carried_out"] |= {"amount_minor": -payout.carried_minor, "parts": carry_parts}
    return [row for row in by_kind.values() if row["amount_minor"] or row.get("sessions")]


def _build_rate_processing(sales: Sales) -> dict[str, Any]:
    """Returns what was kept with each session whose rate makes the host pay the processing."""
    if not sales.kept_minor:
        return {}
    part = {"kind": "processing_by_rates", "count": sales.sessions, "amount_minor": -sales.kept_minor}
    return {"amount_minor": -sales.kept_minor, "parts": [part]}


def _share(payout: Payout, totals: TakenPostings, kind: str) -> dict[str, Any]:
    """Returns the base and percentage of the platform's fee, and what was kept before it."""
    if kind not in ("platform_fee", "fee_returned"):
        return {}
    sales_minor = totals.credited("sessions") + totals.credited("plans")
    of_minor = sales_minor if kind == "platform_fee" else totals.credited("refunds")
    share = {"of_minor": abs(of_minor), "pct": f"{float(payout.agreement.platform_fee_pct):g}"}
    return share | ({"by_rates_minor": totals.mine.kept_minor} if kind == "platform_fee" else {})


def _payments(payout: Payout, totals: TakenPostings, kind: str) -> dict[str, Any]:
    """Returns the number of card payments that the processing fee covers, and the agreed price, if any."""
    if kind != "processing":
        return {}
    terms = payout.agreement
    if terms.processing != PayoutAgreement.Processing.AGREED:
        return {"payments": totals.mine.payments}
    agreed = {"pct": f"{float(terms.processing_pct):g}", "fixed_minor": terms.processing_fixed_minor}
    return {"payments": totals.mine.payments} | agreed


def paid_minor(payout: Payout) -> int:
    """Returns the sum that the rows must have: the amount, or zero if it was carried on or failed."""
    return 0 if payout.state in NOT_PAID else payout.amount_minor


def remainder(payout: Payout) -> int:
    """Returns the difference that the rows do not explain; it should be 0."""
    explained: int = sum(row["amount_minor"] for row in payout.bridge)
    return paid_minor(payout) - explained


def _sum_by_kind(totals: TakenPostings, deductions: Iterable[Deduction]) -> dict[str, tuple[int, int]]:
    """Returns, by kind, the number of postings and their effect for the host.

    Postings only charged to the host have no effect.
    """
    by_kind = {
        kind: (taken_sum.count, taken_sum.minor if kind in totals.owed else 0)
        for kind, taken_sum in totals.sums.items()
        if kind in _GROUPS
    }
    for deduction in deductions:
        count, minor = by_kind.get(deduction.kind, (0, 0))
        by_kind[deduction.kind] = (count + 1, minor - deduction.minor)
    return by_kind


def postings(payout: Payout, kind: str, *, own_places: set[int]) -> QuerySet[Posting]:
    """Returns the postings behind a row, oldest first, each with its entry and `minor`, positive for the host.

    Empty for carried amounts, whose rows link to other payouts.
    """
    rows = Posting.objects.select_related("entry").annotate(minor=ledger.CREDITED).order_by("entry_id")
    payout_postings = rows.filter(allocation__payout=payout)
    if kind == "timing_in":
        return payout_postings.filter(allocation__kind="sessions", entry__posted_at__lt=payout.begins_at)
    if kind in ("sessions", "timing_out"):
        postings = _filter_period_postings(rows, payout, own_places=own_places)
        return postings if kind == "sessions" else postings.exclude(allocation__payout=payout)
    kinds = [name for name, group in _GROUPS.items() if group == kind]
    deducted = payout_postings.filter(allocation__kind__in=kinds).exclude(allocation__amount_minor=0)
    if kind != "processing":
        return deducted
    by_rates = _filter_period_postings(rows, payout, own_places=own_places, code=LedgerAccount.Code.PLATFORM_REVENUE)
    return _annotate_host_minor(rows.filter(Q(pk__in=by_rates.values("pk")) | Q(pk__in=deducted.values("pk"))))


def sessions_net(payout: Payout) -> tuple[int, int]:
    """Returns the difference between the row of sessions and its lines, as negative amounts: the tax, and what was kept
    by their rates.
    """
    rows = {row["kind"]: row for row in payout.bridge}
    tax = rows.get("tax", {"amount_minor": 0})
    remitted = sum(part["amount_minor"] for part in tax.get("parts", ()))
    processing_parts = rows.get("processing", {}).get("parts", ())
    by_rates = sum(part["amount_minor"] for part in processing_parts if part["kind"] == "processing_by_rates")
    return tax["amount_minor"] - remitted, by_rates


def payout_of(session_id: UUID) -> Payout | None:
    """Returns the newest payout with postings of a session."""
    payouts = Payout.objects.filter(allocations__posting__entry__session=session_id, allocations__kind="sessions")
    return payouts.select_related("host").order_by("-ends_at").first()


def _annotate_host_minor(rows: QuerySet[Posting]) -> QuerySet[Posting]:
    """Annotates each posting with `minor`; the platform's revenue counts as the host's loss."""
    is_by_rates = When(account__code=LedgerAccount.Code.PLATFORM_REVENUE, then=ledger.DEBITED)
    return rows.annotate(minor=Case(is_by_rates, default=ledger.CREDITED))


def _filter_period_postings(
    rows: QuerySet[Posting],
    payout: Payout,
    *,
    own_places: set[int],
    code: LedgerAccount.Code = LedgerAccount.Code.HOST_PAYABLE,
) -> QuerySet[Posting]:
    postings = rows.filter(
        account__host=payout.host_id,
        account__currency=payout.currency,
        account__code=code,
        entry__source_type="receipt",
        entry__session__isnull=False,
        entry__posted_at__gte=payout.begins_at,
        entry__posted_at__lt=payout.ends_at,
    )
    if payout.property_id:
        return postings.filter(entry__session__property=payout.property_id)
    return postings.exclude(entry__session__property__in=own_places)
