"""The terms of an agreement in readable form: a name and a value each. In English."""

from typing import Final

from billing.formatting.money import money, rate_digits
from billing.models import PayoutAgreement

LABELS: Final = {
    "platform_fee_pct": "Platform fee",
    "processing": "Card processing",
    "processing_pct": "Card processing",
    "processing_fixed_minor": "Card processing",
    "subscription_minor": "Subscription",
    "cycle": "Cycle",
    "delay_days": "Delay",
    "threshold_minor": "Smallest payout",
    "reserve_minor": "Reserve",
    "tax_remitter": "Tax",
    "way": "Payment method",
    "two_people_above_minor": "Two people approve",
    "self_billing": "Self-billing",
}


_FEE_BASE: Final = "of each session, without tax and card processing by its rate"


def rows(agreement: PayoutAgreement) -> list[tuple[str, str]]:
    """Returns every term, in the order of a contract."""
    amount = agreement.currency
    days = agreement.delay_days
    limit = agreement.two_people_above_minor
    subscription = f"{money(agreement.subscription_minor, amount)} a month"
    values = {
        "platform_fee_pct": f"{rate_digits(agreement.platform_fee_pct)} % {_FEE_BASE}",
        "processing": _processing(agreement),
        "subscription_minor": _or_none(agreement.subscription_minor, subscription),
        "cycle": agreement.get_cycle_display(),
        "delay_days": f"{days} day{'' if days == 1 else 's'} after the end of the period",
        "threshold_minor": _or_none(agreement.threshold_minor, money(agreement.threshold_minor, amount)),
        "reserve_minor": _or_none(agreement.reserve_minor, money(agreement.reserve_minor, amount)),
        "tax_remitter": agreement.get_tax_remitter_display(),
        "way": agreement.get_way_display(),
        "two_people_above_minor": "Never" if limit is None else f"Above {money(limit, amount)}",
        "self_billing": "Yes" if agreement.self_billing else "No",
    }
    return [(LABELS[name], text) for name, text in values.items()]


def _processing(agreement: PayoutAgreement) -> str:
    if agreement.processing != PayoutAgreement.Processing.AGREED:
        return agreement.get_processing_display()
    fixed = money(agreement.processing_fixed_minor, agreement.currency)
    return f"{rate_digits(agreement.processing_pct)} % and {fixed} for each payment"


def _or_none(minor: int, text: str) -> str:
    return text if minor else "None"
