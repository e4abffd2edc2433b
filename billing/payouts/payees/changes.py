"""What a new version of an agreement changes for the host: each term before and after, and whether it gets worse."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

from billing.engine.values import money as amounts
from billing.formatting.money import money, rate_digits
from billing.models import PayoutAgreement
from billing.payouts.payees import terms

ALONE_SHARE_PCT: Final = Decimal(25)
ALONE_DELAY_DAYS: Final = 14
_ALONE_AMOUNTS: Final = {
    "processing_fixed_minor": 1,
    "subscription_minor": 100,
    "threshold_minor": 500,
    "reserve_minor": 500,
}
"""Limits in euros or dollars: per payment, per month, and what is held back from the host for a while."""
_STEPS: Final = 5
"""If terms were agreed before, one person raises a term by at most a fifth of these limits at once."""
_LABELS: Final = {
    "processing_fixed_minor": "the agreed price of each payment",
    "subscription_minor": "the subscription",
    "threshold_minor": "the smallest payout",
    "reserve_minor": "the reserve",
}
_CYCLES: Final = (PayoutAgreement.Cycle.WEEKLY, PayoutAgreement.Cycle.MONTHLY, PayoutAgreement.Cycle.MANUAL)
Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A term as the host reads it, before and after."""

    label: str
    before: str
    after: str


def compare(before: PayoutAgreement, after: PayoutAgreement) -> list[Change]:
    """Returns the terms that differ, in the order of a contract."""
    pairs = zip(terms.rows(before), terms.rows(after), strict=True)
    return [Change(label=label, before=was, after=will) for (label, was), (_, will) in pairs if was != will]


def is_worse(before: PayoutAgreement, after: PayoutAgreement) -> bool:
    """Whether any term gets worse for the host: higher costs or later payment."""
    return (
        share_pct(after) > share_pct(before)
        or after.platform_fee_pct > before.platform_fee_pct
        or _processing_gets_worse(before, after)
        or after.delay_days > before.delay_days
        or _CYCLES.index(PayoutAgreement.Cycle(after.cycle)) > _CYCLES.index(PayoutAgreement.Cycle(before.cycle))
        or any(_minor(after, name) > _minor(before, name) for name in _ALONE_AMOUNTS)
    )


def beyond_one(before: PayoutAgreement, after: PayoutAgreement) -> list[str]:
    """Returns why one person may not enter the version alone, one clause each; empty if they may."""
    return list(_list_second_person_reasons(before, after))


def share_pct(agreement: PayoutAgreement) -> Decimal:
    """Returns the platform's share of a session's revenue: its fee plus an agreed price of card processing."""
    is_agreed = agreement.processing == PayoutAgreement.Processing.AGREED
    return Decimal(agreement.platform_fee_pct) + (Decimal(agreement.processing_pct) if is_agreed else 0)


def _list_second_person_reasons(before: PayoutAgreement, after: PayoutAgreement) -> Iterator[str]:
    is_first = before.pk is None
    share = share_pct(after)
    if clause := _too_far(share, share_pct(before), limit=ALONE_SHARE_PCT, is_first=is_first, format_number=_percent):
        yield f"the platform would keep {_percent(share)}, {clause}"
    if after.delay_days > max(ALONE_DELAY_DAYS, before.delay_days):
        yield f"the delay would be {after.delay_days} days, which is more than {ALONE_DELAY_DAYS}"
    format_amount = partial(_amount, currency=after.currency)
    for name, units in _ALONE_AMOUNTS.items():
        limit_minor, amount = amounts.everyday_minor(units, currency=after.currency), _minor(after, name)
        is_new = is_first or _is_unused(before, name)
        if clause := _too_far(
            amount, _minor(before, name), limit=limit_minor, is_first=is_new, format_number=format_amount
        ):
            yield f"{_LABELS[name]} would be {format_amount(amount)}, {clause}"
    was, will = before.two_people_above_minor, after.two_people_above_minor
    if was is not None and (will is None or will > was):
        yield f"payouts above {money(was, after.currency)} would no longer need two people"


def _too_far(
    after: Number, before: Number, *, limit: Number, is_first: bool, format_number: Callable[[Number], str]
) -> str:
    """Returns why one person may not raise a term that far, or an empty text."""
    if after <= before:
        return ""
    if after > limit:
        return f"which is more than {format_number(limit)}"
    if not is_first and after - before > limit / _STEPS:
        return f"which is {format_number(after - before)} more than was agreed"
    return ""


def _percent(share: Decimal) -> str:
    return f"{rate_digits(share)} %"


def _amount(minor: int, *, currency: str) -> str:
    return money(minor, currency)


def _processing_gets_worse(before: PayoutAgreement, after: PayoutAgreement) -> bool:
    kinds = PayoutAgreement.Processing
    if before.processing == after.processing:
        return False
    return before.processing == kinds.INCLUDED or after.processing == kinds.AGREED


def _minor(agreement: PayoutAgreement, name: str) -> int:
    return 0 if _is_unused(agreement, name) else getattr(agreement, name) or 0


def _is_unused(agreement: PayoutAgreement, name: str) -> bool:
    return name == "processing_fixed_minor" and agreement.processing != PayoutAgreement.Processing.AGREED
