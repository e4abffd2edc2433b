"""Receipts with prices including tax, as guests saw them before paying. The stored report and its sums stay unchanged.

Where tax is added, a stored report has lines without it. The price card shows every price with tax, so the receipt does
too, and its tax table tells how much of the total is tax.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.engine.reports.reasons import Code
from billing.engine.values import money
from billing.formatting.money import format_unit_price

Json = dict[str, Any]

_BEFORE_TAX = {
    Code.PROCESSING_SHARE.value: Code.PROCESSING_SHARE_BEFORE_TAX.value,
    Code.PROCESSING_SHARE_BESIDE.value: Code.PROCESSING_SHARE_BESIDE_BEFORE_TAX.value,
}
"""Sentences about shares, replaced by those that name a sum before tax."""
_PRICE_DECIMALS = 6
"""Enough decimals for quantity times price to give the amount to a thousandth of a cent, for any energy a car takes."""
_UNIT_AMOUNTS = ("each_amount", "cap_amount", "full_amount", "fee_amount")


def report(stored_report: Mapping[str, Any]) -> Json:
    """Returns the stored report with tax included in its lines; unchanged if it includes tax already or has none."""
    rendered = dict(stored_report)
    percentages = [Decimal(tax["rate_pct"]) for tax in stored_report["taxes"]] + [
        _idle_tax_pct(stored_report) or Decimal(0)
    ]
    if stored_report.get("tax_mode", "exclusive") == "inclusive" or not any(percentages):
        return rendered
    currency = stored_report["currency"]
    amounts = _amounts(stored_report["lines"], stored_report["taxes"])
    usual = _only_percentage(stored_report["taxes"])
    rendered["lines"] = [
        _line(line, amount=amount, usual=usual, currency=currency)
        for line, amount in zip(stored_report["lines"], amounts, strict=True)
    ]
    if stored_report.get("idle"):
        idle_pct = _idle_tax_pct(stored_report)
        percentage = _percentage_of("idle", stored_report["lines"], usual=usual) if idle_pct is None else idle_pct
        rendered["idle"] = _idle(stored_report["idle"], percentage=percentage)
    rendered["tax_mode"] = "inclusive"
    return rendered


def credit_items(document: Mapping[str, Any]) -> list[Json]:
    """Returns the lines that a credit note refunds, as the receipt shows them."""
    items = [dict(item) for item in document.get("items", ())]
    if document.get("tax_mode", "exclusive") == "inclusive":
        return items
    adds_up = bool(items) and all(item["amount"] is not None for item in items)
    amounts = _amounts(items, document.get("taxes", ())) if adds_up else [None] * len(items)
    for item, amount in zip(items, amounts, strict=True):
        item |= {
            "amount": amount,
            "unit_price": _format_gross_price(item["unit_price"], percentage=Decimal(item["tax_pct"])),
        }
    return items


def _amounts(lines: Any, taxes: Any) -> list[int]:
    """Returns each line's amount with tax; the lines of one percentage add up to its base and its tax."""
    amounts = [int(line["amount"]) for line in lines]
    for tax in taxes:
        percentage = Decimal(tax["rate_pct"])
        indexes = [index for index, line in enumerate(lines) if Decimal(line["tax_pct"]) == percentage]
        exacts = [amounts[index] * (1 + Fraction(percentage) / 100) for index in indexes]
        if not indexes or tax["base"] != sum(amounts[index] for index in indexes):
            continue
        for index, amount in zip(indexes, money.apportion(exacts, total=tax["base"] + tax["tax"]), strict=True):
            amounts[index] = amount
    return amounts


def _line(line: Mapping[str, Any], *, amount: int, usual: Decimal | None, currency: str) -> Json:
    percentage = usual or Decimal(0) if line.get("waived") else Decimal(line["tax_pct"])
    rendered = dict(line) | {
        "amount": amount,
        "unit_price": _format_gross_price(line["unit_price"], percentage=percentage),
    }
    if "reasons" in line:
        other_reasons = [reason for reason in line["reasons"] if reason.get("code") != Code.LINE_ROUNDED.value]
        rendered["reasons"] = [_reason(reason, percentage=percentage) for reason in other_reasons]
        rendered["reasons"] += _rounding(line, rendered, percentage=percentage, currency=currency)
    return rendered


def _rounding(line: Mapping[str, Any], rendered: Json, *, percentage: Decimal, currency: str) -> list[Json]:
    """Returns the sentence on rounding, if quantity times price is not the amount."""
    exact = Fraction(str(line.get("exact", line["amount"]))) * (1 + Fraction(percentage) / 100)
    simple = Fraction(str(line["quantity"])) * money.exact_minor(Decimal(rendered["unit_price"]), currency=currency)
    is_simple = line.get("capped") or money.round_half_away(simple) == rendered["amount"]
    if is_simple and money.round_half_away(exact) == rendered["amount"]:
        return []
    rounded = round(Decimal(exact.numerator) / exact.denominator, 4).normalize()
    text = f"{rounded.scaleb(-money.EXPONENTS[currency]):f}"
    return [{"code": Code.LINE_ROUNDED.value, "facts": {"exact_amount": [text, currency]}}]


def _reason(stored_reason: Mapping[str, Any], *, percentage: Decimal) -> Json:
    facts = dict(stored_reason.get("facts", {}))
    for name in _UNIT_AMOUNTS:
        if name in facts:
            amount, currency = facts[name]
            facts[name] = [_format_gross_price(amount, percentage=percentage), currency]
    code = stored_reason.get("code", "")
    return dict(stored_reason) | {"code": _BEFORE_TAX.get(code, code), "facts": facts}


def _idle(stored_idle: Mapping[str, Any], *, percentage: Decimal) -> Json:
    amounts = {name: stored_idle[name] for name in ("per_min", "cap") if stored_idle.get(name) is not None}
    return dict(stored_idle) | {
        name: _format_gross_price(amount, percentage=percentage) for name, amount in amounts.items()
    }


def _idle_tax_pct(stored_report: Mapping[str, Any]) -> Decimal | None:
    """Returns the tax percentage of the idle fee, even if no minute was billed; None in reports from before it was
    stored.
    """
    idle_pct = (stored_report.get("idle") or {}).get("tax_pct")
    return None if idle_pct is None else Decimal(idle_pct)


def _percentage_of(kind: str, lines: Any, *, usual: Decimal | None) -> Decimal:
    matching = next((line for line in lines if line["kind"] == kind and not line.get("waived")), None)
    return Decimal(matching["tax_pct"]) if matching else usual or Decimal(0)


def _only_percentage(taxes: Any) -> Decimal | None:
    """Returns the percentage that all lines share, or None."""
    percentages = {Decimal(tax["rate_pct"]) for tax in taxes}
    return percentages.pop() if len(percentages) == 1 else None


def _format_gross_price(amount: Any, *, percentage: Decimal) -> str:
    return format_unit_price(Decimal(str(amount)) * (100 + percentage) / 100, most_decimals=_PRICE_DECIMALS)
