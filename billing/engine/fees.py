"""Fees that are charged once per session, and limits of its sum: connecting, processing, the minimum and the
maximum.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.rate.tariff import Component, IdleFee, Payer, Rate, TaxMode
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.reports.report import PriceLine, Unit
from billing.engine.values import money
from billing.engine.values.facts import PricedDriver
from chargers.lib.i18n import mark

_CONNECTION: Final = mark("connection fee")
_PROCESSING: Final = mark("processing fee")
_EXEMPT: Final = {
    "guest": Code.IDLE_FREE_FOR_GUESTS,
    "member": Code.IDLE_FREE_FOR_MEMBERS,
    "roaming": Code.IDLE_FREE_FOR_ROAMING,
    "reimbursement": Code.IDLE_FREE_FOR_REIMBURSED,
}
_BOUNDS: Final = {
    ("least", TaxMode.EXCLUSIVE): Code.SUM_AT_LEAST_BEFORE_TAX,
    ("least", TaxMode.INCLUSIVE): Code.SUM_AT_LEAST_WITH_TAX,
    ("most", TaxMode.EXCLUSIVE): Code.SUM_AT_MOST_BEFORE_TAX,
    ("most", TaxMode.INCLUSIVE): Code.SUM_AT_MOST_WITH_TAX,
}


def connection_lines(
    rate: Rate, *, start: datetime, end: datetime, driver: PricedDriver, zone: ZoneInfo
) -> Iterator[PriceLine]:
    """Yields the connection fee, once per session that starts within the fee's windows.

    A driver who starts again soon sees it and pays it once, whichever session is priced first.
    """
    if not rate.connection_fee or not _connects_within(rate, start=start.astimezone(zone)):
        return
    waiver = _connection_waiver(rate, start=start, end=end, driver=driver)
    yield _line(
        rate,
        component=Component.CONNECTION,
        label=_CONNECTION,
        unit_price=Decimal(0) if waiver else rate.connection_fee,
        reason=waiver or PriceReason(Code.CONNECTION_ONCE),
    )


def _connects_within(rate: Rate, *, start: datetime) -> bool:
    """Whether the fee applies at `start` in the property's local time."""
    minute = start.hour * 60 + start.minute
    windows = rate.connection_windows
    return not windows or any(window.covers(weekday=start.weekday(), minute=minute) for window in windows)


def _connection_waiver(rate: Rate, *, start: datetime, end: datetime, driver: PricedDriver) -> PriceReason | None:
    """Returns why the fee was already paid by the session before or after this one, or None."""
    restart_window = timedelta(minutes=rate.connection_restart_min)
    if not restart_window:
        return None
    before, after = driver.previous_ended_at, driver.followed_at
    if before is not None and timedelta(0) <= start - before <= restart_window:
        facts = {"earlier_s": int((start - before).total_seconds()), "minutes": rate.connection_restart_min}
        return PriceReason(Code.CONNECTION_RESTARTED, facts)
    if after is not None and timedelta(0) <= after - end <= restart_window:
        facts = {"later_s": int((after - end).total_seconds()), "minutes": rate.connection_restart_min}
        return PriceReason(Code.CONNECTION_FOLLOWED, facts)
    return None


def idle_waiver(fee: IdleFee, *, driver: PricedDriver) -> PriceReason | None:
    """Returns why this driver pays no idle fee, or None if they do."""
    if driver.audience in fee.exempt_audiences:
        return PriceReason(_EXEMPT[driver.audience])
    groups = sorted(driver.groups & fee.exempt_groups)
    return PriceReason(Code.IDLE_FREE_FOR_GROUP, {"group": groups[0]}) if groups else None


def guest_lines(used: tuple[PriceLine, ...], *, rate: Rate) -> tuple[PriceLine, ...]:
    """Returns all lines of the guest: what was used, the processing fee if they pay it, and the adjustment of
    the sum.
    """
    paid = (*used, *(_processing_lines(used, rate=rate) if rate.processing_paid_by is Payer.GUEST else ()))
    return (*paid, *_adjustment_lines(paid, rate=rate))


def host_costs(used: tuple[PriceLine, ...], *, rate: Rate) -> tuple[PriceLine, ...]:
    """Returns the processing fee if the host bears it, computed from what the guest pays."""
    if rate.processing_paid_by is Payer.GUEST:
        return ()
    lines = _processing_lines(guest_lines(used, rate=rate), rate=rate)
    return tuple(_round_line(line) for line in lines)


def _round_line(line: PriceLine) -> PriceLine:
    return PriceLine(
        component=line.component,
        label=line.label,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        exact=line.exact,
        amount_minor=money.round_half_away(line.exact),
        tax_pct=Decimal(0),
        reason=line.reason,
        reasons=line.reasons,
    )


def _processing_lines(lines: tuple[PriceLine, ...], *, rate: Rate) -> Iterator[PriceLine]:
    if rate.processing_fee:
        processing_reason = PriceReason(Code.PROCESSING_ONCE)
        yield _line(
            rate,
            component=Component.PROCESSING,
            label=_PROCESSING,
            unit_price=rate.processing_fee,
            reason=processing_reason,
        )
    base = money.round_half_away(_sum(lines))
    if not rate.processing_pct or not base:
        return
    base_price = Decimal(base).scaleb(-money.EXPONENTS[rate.currency])
    share = {"share_pct": str(rate.processing_pct), "base_amount": [f"{base_price:f}", rate.currency]}
    reason = PriceReason(Code.PROCESSING_SHARE_BESIDE if rate.processing_fee else Code.PROCESSING_SHARE, share)
    yield PriceLine(
        component=Component.PROCESSING,
        label=_PROCESSING,
        quantity=rate.processing_pct,
        unit=Unit.PERCENT,
        unit_price=base_price,
        exact=base * Fraction(rate.processing_pct) / 100,
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.PROCESSING),
        reason=reasons.render((reason,), speech=English()),
        reasons=(reason,),
    )


def _adjustment_lines(lines: tuple[PriceLine, ...], *, rate: Rate) -> Iterator[PriceLine]:
    """Yields one line for each tax among the lines, so that each is taxed on its share of the reduction or increase."""
    total, shares = _sum(lines), _sums_by_tax(lines, rate=rate)
    least = None if rate.min_total is None else money.exact_minor(rate.min_total, currency=rate.currency)
    most = None if rate.max_total is None else money.exact_minor(rate.max_total, currency=rate.currency)
    if least is not None and total < least:
        label, limit, bound = mark("adjustment to the minimum"), least, _bound("least", rate.min_total, rate=rate)
    elif most is not None and total > most:
        label, limit, bound = mark("adjustment to the maximum"), most, _bound("most", rate.max_total, rate=rate)
    else:
        return
    share_total = sum(shares.values(), Fraction(0))
    for tax_pct, share in shares.items():
        exact = (limit - total) * share / share_total
        if exact:
            yield _adjustment(exact, rate=rate, label=label, tax_pct=tax_pct, bound=bound)


def _adjustment(exact: Fraction, *, rate: Rate, label: str, tax_pct: Decimal, bound: PriceReason) -> PriceLine:
    unit_price = round(Decimal(exact.numerator) / exact.denominator, 6).scaleb(-money.EXPONENTS[rate.currency])
    return PriceLine(
        component=Component.ADJUSTMENT,
        label=label,
        quantity=Decimal(1),
        unit=Unit.SESSION,
        unit_price=unit_price,
        exact=exact,
        amount_minor=0,
        tax_pct=tax_pct,
        reason=reasons.render((bound,), speech=English()),
        reasons=(bound,),
    )


def _bound(which: str, limit: Decimal | None, *, rate: Rate) -> PriceReason:
    return PriceReason(_BOUNDS[which, rate.taxes.mode], {"limit_amount": [str(limit), rate.currency]})


def _sums_by_tax(lines: tuple[PriceLine, ...], *, rate: Rate) -> dict[Decimal, Fraction]:
    """Returns the exact sums of the lines by percentage; if all are free, the total is taxed like energy."""
    sums: dict[Decimal, Fraction] = {}
    for line in lines:
        sums[line.tax_pct] = sums.get(line.tax_pct, Fraction(0)) + line.exact
    return sums if any(sums.values()) else {rate.taxes.percentage(Component.ENERGY): Fraction(1)}


def _sum(lines: tuple[PriceLine, ...]) -> Fraction:
    return sum((line.exact for line in lines), Fraction(0))


def _line(rate: Rate, *, component: Component, label: str, unit_price: Decimal, reason: PriceReason) -> PriceLine:
    return PriceLine(
        component=component,
        label=label,
        quantity=Decimal(1),
        unit=Unit.SESSION,
        unit_price=unit_price,
        exact=money.exact_minor(unit_price, currency=rate.currency),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(component),
        reason=reasons.render((reason,), speech=English()),
        reasons=(reason,),
    )
