"""The platform's deductions from a payout, posted in the books as part of it: one entry for each kind.

Fees are exact fractions of a sum, rounded half away from zero once. Card fees, disputes and amounts written off are
charged to the host once, with the posting that they came with.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from billing.engine.values import money
from billing.models import LedgerEntry, Payout, PayoutAgreement, PayoutAllocation
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payouts.cycle.allocation import TakenPostings
from billing.payouts.payees.agreements import Scope
from billing.proration.periods import next_anchor_date

Processing = PayoutAgreement.Processing


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduction:
    """`minor` is what is kept (negative: given) and credited to `account`; `tax_minor` lowers the tax to remit."""

    kind: str
    minor: int
    account: Code
    memo: str
    tax_minor: int = 0
    cause: Cause | None = None


def codes(agreement: PayoutAgreement) -> tuple[str, ...]:
    """Returns the accounts whose postings a payout includes: what is owed to the host, and what is charged to it."""
    accounts = [Code.HOST_PAYABLE, Code.PROCESSOR_FEES, Code.WRITTEN_OFF]
    if agreement.tax_remitter == PayoutAgreement.Remitter.HOST:
        accounts.append(Code.TAX_PAYABLE)
    return tuple(code.value for code in accounts)


def calculate(payout: Payout, scope: Scope, totals: TakenPostings) -> list[Deduction]:
    """Calculates the deductions from a payout of these postings. Nothing is written."""
    return [
        deduction for deduction in _build_deductions(payout, scope, totals) if deduction.minor or deduction.tax_minor
    ]


def post(payout: Payout, deductions: Iterable[Deduction], *, now: datetime) -> None:
    """Posts and allocates the deductions. Call it once, in the transaction that allocated the postings."""
    for deduction in deductions:
        lines = {Code.HOST_PAYABLE: deduction.minor, deduction.account: -deduction.minor - deduction.tax_minor}
        if deduction.tax_minor:
            lines[Code.TAX_PAYABLE] = deduction.tax_minor
        movement = Movement(
            host=payout.host,
            currency=payout.currency,
            cause=deduction.cause or Cause(type="payout", id=str(payout.pk), kind=deduction.kind),
            lines=lines,
            memo=f"{payout.label}: {deduction.memo}",
            occurred_at=now,
        )
        entry = ledger.post(movement, now=now)
        if entry is not None:
            allocated = {"payout": payout, "kind": deduction.kind, "amount_minor": -deduction.minor}
            posting = entry.postings.get(account__code=Code.HOST_PAYABLE)
            PayoutAllocation.objects.get_or_create(posting=posting, defaults=allocated)


def _build_deductions(payout: Payout, scope: Scope, totals: TakenPostings) -> Iterator[Deduction]:
    agreement = payout.agreement
    share = Fraction(agreement.platform_fee_pct) / 100
    sales_minor = totals.credited("sessions") + totals.credited("plans")
    yield _fee("platform_fee", share * sales_minor, f"platform fee of {agreement.platform_fee_pct} %")
    yield _fee("fee_returned", share * totals.credited("refunds"), "platform fee given back for refunds")
    yield from _processing(payout, totals)
    yield _written_off(agreement, totals)
    if agreement.tax_remitter == PayoutAgreement.Remitter.HOST:
        tax = totals.credited(Code.TAX_PAYABLE)
        yield Deduction(kind="tax_remitted", minor=-tax, account=Code.TAX_PAYABLE, memo="taxes that the host remits")
    yield from _subscription(payout, scope)


def _fee(kind: str, exact: Fraction, memo: str) -> Deduction:
    return Deduction(kind=kind, minor=money.round_half_away(exact), account=Code.PLATFORM_REVENUE, memo=memo)


def _processing(payout: Payout, totals: TakenPostings) -> Iterator[Deduction]:
    agreement = payout.agreement
    of_disputes = -totals.credited_of_disputes(Code.PROCESSOR_FEES)
    yield Deduction(kind="dispute_fee", minor=of_disputes, account=Code.PROCESSOR_FEES, memo="fees of disputes")
    if agreement.processing == Processing.ACTUAL:
        fees = -totals.credited(Code.PROCESSOR_FEES) - of_disputes
        memo = "fees of the card processor"
        yield Deduction(kind="processing", minor=fees, account=Code.PROCESSOR_FEES, memo=memo)
    elif agreement.processing == Processing.AGREED:
        gross_minor, payments = totals.mine.by_drivers_minor, totals.mine.payments
        exact = Fraction(agreement.processing_pct) * gross_minor / 100 + agreement.processing_fixed_minor * payments
        fixed = money.text(agreement.processing_fixed_minor, currency=payout.currency)
        yield _fee(
            "processing", exact, f"processing at {agreement.processing_pct} % and {fixed} a payment ({payments})"
        )


def _written_off(agreement: PayoutAgreement, totals: TakenPostings) -> Deduction:
    """Returns what drivers never paid: its net is not due to the host, and its tax is not remitted."""
    net = tax = 0
    for gross, tax_share in totals.given_up:
        is_ours = agreement.tax_remitter == PayoutAgreement.Remitter.PLATFORM
        of_tax = money.round_half_away(gross * tax_share) if is_ours else 0
        net, tax = net + gross - of_tax, tax + of_tax
    return Deduction(kind="written_off", minor=net, tax_minor=tax, account=Code.WRITTEN_OFF, memo="not paid by drivers")


def _subscription(payout: Payout, scope: Scope) -> Iterator[Deduction]:
    """Yields a fee for each calendar month that ended in the period, once even if there are several payouts."""
    zone = ZoneInfo(payout.time_zone)
    last_day = (payout.ends_at.astimezone(zone) - timedelta(microseconds=1)).date()
    first = payout.begins_at.astimezone(zone).date().replace(day=1)
    while (end := next_anchor_date(first, anchor=1)) <= last_day + timedelta(days=1):
        cause = Cause(type="payout_month", id=f"{scope.key()}/{first:%Y-%m}", kind="subscription")
        memo = f"subscription for {first:%B %Y}"
        fee = payout.agreement.subscription_minor
        if fee and not LedgerEntry.objects.filter(**cause.as_fields()).exists():
            yield Deduction(kind="subscription", minor=fee, account=Code.PLATFORM_REVENUE, memo=memo, cause=cause)
        first = end
