"""What is taken once per session, and what bounds its sum: connecting, processing, the minimum and the maximum."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing.rating import money, units
from billing.rating.facts import Driver
from billing.rating.report import Line, Unit
from billing.rating.tariff import Component, IdleFee, Payer, Rate
from chargers.wording import mark

_CONNECTION: Final = mark("connection fee")
_PROCESSING: Final = mark("processing fee")
_AUDIENCES: Final = {
    "guest": "Guests",
    "member": "Members",
    "roaming": "Roaming drivers",
    "reimbursement": "Drivers with reimbursement",
}


def connection_lines(rate: Rate, *, start: datetime, driver: Driver) -> Iterator[Line]:
    """Once per session; who starts again soon is shown it, and pays it once."""
    if not rate.connection_fee:
        return
    before = driver.previous_ended_at
    within = timedelta(minutes=rate.connection_restart_min)
    if before is None or not timedelta(0) <= start - before <= within or not within:
        yield _once(rate, component=Component.CONNECTION, fee=rate.connection_fee, label=_CONNECTION)
        return
    yield _line(
        rate,
        component=Component.CONNECTION,
        label=_CONNECTION,
        unit_price=Decimal(0),
        reason=(
            f"The same driver's session before this one had ended {units.duration_text(start - before)} earlier: a "
            f"restart within {rate.connection_restart_min} minutes is one connection, which was charged for already."
        ),
    )


def idle_waiver(fee: IdleFee, *, driver: Driver) -> str:
    """Why this driver pays no idle fee; empty: they do."""
    if driver.audience in fee.exempt_audiences:
        return f"{_AUDIENCES[driver.audience]} pay no idle fee."
    groups = sorted(driver.groups & fee.exempt_groups)
    return f"Members of the group {groups[0]} pay no idle fee." if groups else ""


def completed(used: tuple[Line, ...], *, rate: Rate) -> tuple[Line, ...]:
    """All lines of the guest: what was used, the processing fee if they pay it, and the adjustment of the sum."""
    paid = (*used, *(_processing_lines(used, rate=rate) if rate.processing_paid_by is Payer.GUEST else ()))
    return (*paid, *_adjustment_lines(paid, rate=rate))


def host_costs(used: tuple[Line, ...], *, rate: Rate) -> tuple[Line, ...]:
    """The processing fee where the host bears it, of what the guest pays; without amounts of others beside it."""
    if rate.processing_paid_by is Payer.GUEST:
        return ()
    found = _processing_lines(completed(used, rate=rate), rate=rate)
    return tuple(_rounded(line) for line in found)


def _rounded(line: Line) -> Line:
    return Line(
        component=line.component,
        label=line.label,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        exact=line.exact,
        amount_minor=money.round_half_away(line.exact),
        tax_pct=Decimal(0),
        reason=line.reason,
    )


def _processing_lines(lines: tuple[Line, ...], *, rate: Rate) -> Iterator[Line]:
    if rate.processing_fee:
        yield _once(rate, component=Component.PROCESSING, fee=rate.processing_fee, label=_PROCESSING)
    base = money.round_half_away(_sum(lines))
    if not rate.processing_pct or not base:
        return
    told = money.text(base, currency=rate.currency)
    yield Line(
        component=Component.PROCESSING,
        label=_PROCESSING,
        quantity=rate.processing_pct,
        unit=Unit.PERCENT,
        unit_price=Decimal(base).scaleb(-money.EXPONENTS[rate.currency]),
        exact=base * Fraction(rate.processing_pct) / 100,
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.PROCESSING),
        reason=f"{rate.processing_pct} % of {told}, the sum of the lines above, for processing the payment.",
    )


def _adjustment_lines(lines: tuple[Line, ...], *, rate: Rate) -> Iterator[Line]:
    """One line for each tax among the lines, so that each is taxed on its share of what is left or added."""
    total, shares = _sum(lines), _by_tax(lines, rate=rate)
    least = None if rate.min_total is None else money.exact_minor(rate.min_total, currency=rate.currency)
    most = None if rate.max_total is None else money.exact_minor(rate.max_total, currency=rate.currency)
    if least is not None and total < least:
        label, limit, bound = mark("adjustment to the minimum"), least, f"at least {rate.min_total}"
    elif most is not None and total > most:
        label, limit, bound = mark("adjustment to the maximum"), most, f"at most {rate.max_total}"
    else:
        return
    whole = sum(shares.values(), Fraction(0))
    for tax_pct, share in shares.items():
        exact = (limit - total) * share / whole
        if exact:
            yield _adjustment(exact, rate=rate, label=label, tax_pct=tax_pct, bound=bound)


def _adjustment(exact: Fraction, *, rate: Rate, label: str, tax_pct: Decimal, bound: str) -> Line:
    shown = round(Decimal(exact.numerator) / exact.denominator, 6).scaleb(-money.EXPONENTS[rate.currency])
    basis = "before tax" if rate.taxes.mode == "exclusive" else "with tax"
    return Line(
        component=Component.ADJUSTMENT,
        label=label,
        quantity=Decimal(1),
        unit=Unit.SESSION,
        unit_price=shown,
        exact=exact,
        amount_minor=0,
        tax_pct=tax_pct,
        reason=f"A session in which energy flowed costs {bound} {rate.currency} {basis}, all lines together.",
    )


def _by_tax(lines: tuple[Line, ...], *, rate: Rate) -> dict[Decimal, Fraction]:
    """The exact sums of the lines by their percentage; where all are free, the whole is taxed like energy."""
    sums: dict[Decimal, Fraction] = {}
    for line in lines:
        sums[line.tax_pct] = sums.get(line.tax_pct, Fraction(0)) + line.exact
    return sums if any(sums.values()) else {rate.taxes.percentage(Component.ENERGY): Fraction(1)}


def _sum(lines: tuple[Line, ...]) -> Fraction:
    return sum((line.exact for line in lines), Fraction(0))


def _once(rate: Rate, *, component: Component, fee: Decimal, label: str) -> Line:
    reason = f"The {label} is taken once per session in which energy flowed."
    return _line(rate, component=component, label=label, unit_price=fee, reason=reason)


def _line(rate: Rate, *, component: Component, label: str, unit_price: Decimal, reason: str) -> Line:
    return Line(
        component=component,
        label=label,
        quantity=Decimal(1),
        unit=Unit.SESSION,
        unit_price=unit_price,
        exact=money.exact_minor(unit_price, currency=rate.currency),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(component),
        reason=reason,
    )
